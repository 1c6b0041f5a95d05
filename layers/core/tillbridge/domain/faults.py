"""What pydantic finds wrong, without what it found: inputs hold personal data and secrets."""

from typing import NamedTuple

from pydantic import ValidationError


class Fault(NamedTuple):
    """`place` is dotted (`request.url`), '' for the whole."""

    place: str
    message: str


def faults_in(error: ValidationError) -> list[Fault]:
    """Every fault, in the order of the fields."""
    return [
        Fault(
            ".".join(map(str, fault["loc"])),
            # The one message of pydantic's that quotes its input.
            f"{fault['ctx']['discriminator']} is not {fault['ctx']['expected_tags']}"
            if fault["type"] == "union_tag_invalid"
            else fault["msg"],
        )
        for fault in error.errors(include_input=False, include_url=False)
    ]

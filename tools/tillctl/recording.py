"""`tillctl record`: a real answer, with nobody in it, as an example in the record's file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tillbridge.domain.documents import DocumentUnreadable, parse_json
from tillbridge.domain.examples import result_of
from tillbridge.domain.exchange import UpstreamAnswer
from tillbridge.domain.faults import Fault
from tillbridge.domain.integration_record import Example, ExampleResponse
from tools.tillctl import screen
from tools.tillctl.asking import Asked, Question, Whom
from tools.tillctl.check import found_in, show_faults
from tools.tillctl.commented import indented
from tools.tillctl.environments import Environment
from tools.tillctl.failures import Exit, Failure
from tools.tillctl.jsonc import Document, parse
from tools.tillctl.options import (
    AsJson,
    CurrencyCode,
    CustomerId,
    SearchTerm,
    Yes,
    in_environment,
)
from tools.tillctl.record_file import RecordFile, read_record
from tools.tillctl.redaction import Redaction, literals_in
from tools.tillctl.trying import Against, File, ask_or_show

_EXAMPLES = ("examples",)
# The inputs that say whom it is about.
_WHO = ("search_term", "customer_id")


@in_environment(required=False)
def record(
    environment: Environment | None,
    file: File,
    search_term: SearchTerm = None,
    customer_id: CustomerId = None,
    currency_code: CurrencyCode = None,
    name: Annotated[
        str, typer.Option(help="What the example shows; one of that name is replaced.")
    ] = "a recorded answer",
    against: Against = None,
    response: Annotated[
        Path | None, typer.Option(help="Ask nobody: a file with the system's answer.")
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Ask the system, and save its answer as an example in the record.

    Every name, address and number in it is replaced by a made-up one of the same shape. You are
    shown what will be saved."""
    written = read_record(file)
    whom = Whom(against, response)
    asked = ask_or_show(
        written, Question(search_term, customer_id, currency_code), whom, environment
    )
    answer = asked.answer
    if answer is None:
        hint = f"{asked.error.detail}. Look closer with: tillctl try" if asked.error else ""
        raise Failure("There is no answer to record.", hint, Exit.SAYS_NO)
    example = example_of(asked, answer, name)
    text = with_example(written.document, example)
    if as_json:
        screen.print_json(example)
    else:
        screen.say(f"{file}: this example will stand in it:", "bold")
        screen.say(indented(example, ""))
        _warn_of_change(asked, answer, example)
        show_faults(found_in(RecordFile(file, parse(text)), environment))
    if not yes and not typer.confirm("Is nobody's data in it? Save it?", default=False, err=True):
        raise Failure("Nothing was saved.", "", Exit.SAYS_NO)
    file.write_text(text, encoding="utf-8")
    if not as_json:
        screen.done(f"Saved. Now: tillctl check {file}")


def example_of(asked: Asked, answer: UpstreamAnswer, name: str) -> dict[str, Any]:
    """The answer as an example of its record, with nobody in it. Raises `Failure` for one that is
    no document."""
    inputs = {n: value for n, value in asked.inputs.items() if value is not None}
    compared_with = literals_in(_texts(asked.integration.record.model_dump()))
    redaction = Redaction(compared_with | {inputs.get("currency_code", "")})
    inputs |= {name: redaction.of(inputs[name]) for name in _WHO if name in inputs}
    response: dict[str, Any] = {"status": answer.status}
    if answer.body:
        response["body"] = _redacted(answer, redaction, asked.integration.is_xml)
    expect = _result(asked, inputs, response)
    return {"name": name, "input": inputs, "response": response, "expect": expect}


def _redacted(answer: UpstreamAnswer, redaction: Redaction, is_xml: bool) -> Any:
    try:
        if is_xml:
            return redaction.of_xml(answer.body.decode())
        return redaction.of(parse_json(answer.body, keep_nulls=True))
    except (DocumentUnreadable, UnicodeDecodeError) as unreadable:
        hint = "Look closer with: tillctl try"
        raise Failure(f"The answer cannot be read: {unreadable}.", hint, Exit.SAYS_NO) from None


def _result(asked: Asked, inputs: Mapping[str, Any], response: Mapping[str, Any]) -> Any:
    answer = ExampleResponse(**response)
    example = Example(name="", input=dict(inputs), response=answer, expect=None)
    result, _ = result_of(asked.integration, example)
    return result


def _warn_of_change(asked: Asked, answer: UpstreamAnswer, example: Mapping[str, Any]) -> None:
    """Where the made-up answer gives something of another form than the real one did."""
    real = {"status": answer.status, "body": answer.body.decode(errors="replace")}
    given = {name: value for name, value in asked.inputs.items() if value is not None}
    if _form(_result(asked, given, real)) != _form(example["expect"]):
        fault = Fault(
            "expect",
            "The made-up answer gives something else than the real one did",
            hint="The mapping depends on a value that was replaced: mend the example by hand.",
        )
        screen.fault(fault, None)


def _form(value: Any) -> Any:
    """What of a result has nothing of its values."""
    if isinstance(value, dict):
        if value.keys() == {"code"}:
            return value
        return {name: _form(member) for name, member in value.items()}
    return [_form(item) for item in value] if isinstance(value, list) else type(value).__name__


def with_example(document: Document, example: Mapping[str, Any]) -> str:
    """The file's text with one example more, or another in place of that of the same name; all else
    stays as it is written, comments too."""
    examples = document.value.get("examples")
    if not isinstance(examples, list):
        last = list(document.value)[-1]
        end = document.places[(last,)].end
        added = f',\n  "examples": [\n    {indented(example, "    ")}\n  ]'
        return document.text[:end] + added + document.text[end:]
    if not examples:
        place = document.places[_EXAMPLES]
        added = f"[\n    {indented(example, '    ')}\n  ]"
        return document.text[: place.start] + added + document.text[place.end :]
    names = [one.get("name") if isinstance(one, Mapping) else None for one in examples]
    if example["name"] in names:
        place = document.places[(*_EXAMPLES, names.index(example["name"]))]
        return document.text[: place.start] + indented(example, "    ") + document.text[place.end :]
    end = document.places[(*_EXAMPLES, len(examples) - 1)].end
    return f"{document.text[:end]},\n    {indented(example, '    ')}{document.text[end:]}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    children = value.values() if isinstance(value, Mapping) else value
    if isinstance(children, str) or not hasattr(children, "__iter__"):
        return
    for child in children:
        yield from _texts(child)

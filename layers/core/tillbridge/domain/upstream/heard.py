"""What is known of a call once it was made, or asked about."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Done:
    """It was done; the system may have a name of its own for it."""

    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was certainly not done, says the system by an answer that the record lists."""

    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """This time it was not sent, or was turned away unread: what an earlier time has done is not
    said by that. `is_final`: it never can be sent."""

    code: str
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class NotFound:
    """The system knows nothing of it, yet."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Anything else, and silence."""


Heard: TypeAlias = Done | Refused | NotSent | NotFound | Unclear

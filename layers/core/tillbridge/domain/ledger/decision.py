"""What a decision about the ledger comes to, given the items it has seen so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tillbridge.domain.ledger.writes import Item, Key, Write

# Items by key, None where there is none. What is not in it has not been looked at.
Seen = Mapping[Key, Item | None]

Outcome = TypeVar("Outcome", covariant=True)


@dataclass(frozen=True, slots=True)
class Need:
    """It cannot be decided without this item, nor without those in `also`."""

    key: Key
    also: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled(Generic[Outcome]):
    """It was decided before, or changes nothing."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Commit(Generic[Outcome]):
    """This is the outcome once these are written, all or none. An item that was not looked at is
    taken for what it should be: when it is not, the writes are refused, it has been seen, and the
    decision is made anew."""

    writes: tuple[Write, ...]
    outcome: Outcome


Step = Need | Settled[Outcome] | Commit[Outcome]
# Raises a `TillbridgeError` where the answer is no and nothing is to be written.
Decide = Callable[[Seen], Step[Outcome]]

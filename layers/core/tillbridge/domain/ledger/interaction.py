"""What was done for a customer that moves no points: the record that is left of it, and what keeps
it from being done twice (docs/customer-screen.md).

A system of the merchant's is asked between two transactions. The first leaves the record, with the
result `unknown`; the second writes what came of it. So whatever happens in between, the record is
there and does not say more than is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Seen, Settled, Step
from tillbridge.domain.ledger.history import Entries
from tillbridge.domain.ledger.keys import interaction_key, request_key
from tillbridge.domain.ledger.writes import Absent, AllOf, Equals, Item, Key, Put, Update
from tillbridge.errors import IdempotencyInFlight, IdempotencyMismatch, OutcomeUnknown

# Longer than any request takes: whoever has not ended by then has lost its answer.
_IN_FLIGHT_FOR_S = 6
# Of what was done, and of free text, nothing is kept for longer.
KEPT_FOR_DAYS = 365
_DAY_S = 24 * 60 * 60


class InteractionKind(StrEnum):
    PROFILE_UPDATE = "profile_update"
    SERVICE_REQUEST = "service_request"


class Result(StrEnum):
    """`recorded`: there is no system that could be told."""

    UNKNOWN = "unknown"
    DONE = "done"
    RECORDED = "recorded"
    FAILED = "failed"


_FINAL = (Result.DONE, Result.RECORDED)
# What the request says of itself, and its record does not.
_INTERNAL = frozenset({"attempt", "began_s"})


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that may now be sent, unless it is over: then `result` says how. `attempt` counts
    how often it was begun."""

    result: Result
    attempt: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False

    @property
    def is_over(self) -> bool:
        return self.result in _FINAL


@dataclass(frozen=True, slots=True)
class Interaction:
    """What is done for whom, by one key of a till's. `facts` are what the record says of it: they
    name nobody."""

    actor: Actor
    account_id: str
    request_id: str
    fingerprint: str
    kind: InteractionKind
    facts: Mapping[str, Any]

    @property
    def keys(self) -> tuple[Key, Key]:
        """Of the request, and of its record."""
        tenant_id = self.actor.tenant_id
        return (
            request_key(tenant_id, self.request_id),
            interaction_key(tenant_id, self.account_id, self.request_id),
        )

    def record(self, result: Result) -> tuple[Put, Put]:
        """The writes of a request that is new."""
        request, interaction = self.keys
        kept_until = {"delete_after_s": int(self.actor.now_s) + KEPT_FOR_DAYS * _DAY_S}
        began = {"result": str(result), "attempt": 1, "began_s": int(self.actor.now_s)}
        said = {"kind": str(self.kind), "at": self.actor.at, **self.actor.facts, **self.facts}
        return (
            Put(request, {"fingerprint": self.fingerprint, **began, **kept_until}, Absent()),
            Put(interaction, {**said, "result": str(result), **kept_until}, Absent()),
        )

    def changed(self, attempt: int, changes: Mapping[str, Any]) -> tuple[Update, Update]:
        """The writes that change both, while nobody has begun it anew."""
        request, interaction = self.keys
        known = {name: value for name, value in changes.items() if value is not None}
        shown = {name: value for name, value in known.items() if name not in _INTERNAL}
        same = AllOf((Equals("fingerprint", self.fingerprint), Equals("attempt", attempt)))
        return (
            Update(request, same, put=known),
            Update(interaction, Equals("kind", str(self.kind)), put=shown),
        )


@dataclass(frozen=True, slots=True)
class Begin:
    """Leave the record of a request before it is sent; `result` is `recorded` for one that is sent
    nowhere. `may_repeat`: to send it twice does no more than to send it once."""

    interaction: Interaction
    may_repeat: bool
    result: Result = Result.UNKNOWN

    def __call__(self, seen: Seen) -> Step[Begun]:
        """Raises `IdempotencyMismatch`, `IdempotencyInFlight`, `OutcomeUnknown`."""
        request, _ = self.interaction.keys
        known = seen.get(request)
        if known is None:
            return Commit(self.interaction.record(self.result), Begun(self.result))
        if known["fingerprint"] != self.interaction.fingerprint:
            raise IdempotencyMismatch
        result, attempt = Result(known["result"]), int(known["attempt"])
        if result in _FINAL:
            return Settled(Begun(result, attempt, known, replayed=True))
        now_s = int(self.interaction.actor.now_s)
        if result is Result.UNKNOWN and now_s - known["began_s"] < _IN_FLIGHT_FOR_S:
            raise IdempotencyInFlight(retry_after_s=1)
        if result is Result.UNKNOWN and not self.may_repeat:
            raise OutcomeUnknown(operation_ref=self.interaction.request_id)
        anew = {"attempt": attempt + 1, "began_s": now_s, "result": str(Result.UNKNOWN)}
        writes = self.interaction.changed(attempt, anew)
        return Commit(writes, Begun(Result.UNKNOWN, attempt + 1))


@dataclass(frozen=True, slots=True)
class Finish:
    """Write what came of it. Somebody who has begun it anew meanwhile knows better."""

    interaction: Interaction
    attempt: int
    result: Result
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, seen: Seen) -> Step[None]:
        request, _ = self.interaction.keys
        known = seen.get(request)
        if known is not None and known["attempt"] != self.attempt:
            return Settled(None)
        writes = self.interaction.changed(self.attempt, {**self.facts, "result": str(self.result)})
        return Commit(writes, None)


# What was done is in two places: with points in the journal, and without.
SOURCES = ("journal", "interactions")
# Where a page of each source begins: None at its newest; a source that is over is left out.
Starts = Mapping[str, Mapping[str, str] | None]


def page_of(
    sources: Mapping[str, Entries], starts: Starts, at_most: int
) -> tuple[list[Item], Starts | None]:
    """The newest of all sources' items, and where the next page begins, None for the last one. Each
    source gives its own in that order, each with its `sk`."""
    by_time = sorted(
        (
            (item["at"], item["sk"], name)
            for name, source in sources.items()
            for item in source.entries
        ),
        reverse=True,
    )[:at_most]
    following: dict[str, Mapping[str, str] | None] = {}
    items: dict[tuple[str, str, str], Item] = {}
    for name, source in sources.items():
        taken = [(at, sk) for at, sk, of in by_time if of == name]
        items |= {(item["at"], item["sk"], name): item for item in source.entries}
        if len(taken) < len(source.entries):
            place = {"at": taken[-1][0], "sk": taken[-1][1]} if taken else starts.get(name)
            following[name] = place
        elif source.following is not None:
            following[name] = source.following
    return [items[place] for place in by_time], following or None

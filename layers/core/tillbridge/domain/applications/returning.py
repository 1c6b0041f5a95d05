"""Goods of a captured application come back, in parts, each return once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.applications.application import Application, decided_in, looked_up
from tillbridge.domain.applications.decided import (
    Decided,
    kept_in,
    kept_item,
    packed,
    unpacked,
)
from tillbridge.domain.applications.take import Takes, counting, given_back
from tillbridge.domain.discounts.returns import (
    KeptLine,
    Policy,
    Return,
    ReturnedLine,
    ReturnOutcome,
    ReturnRefused,
    give_back,
)
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import kept_key, return_key
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.ledger.writes import Absent, Condition, Equals, Item, Put
from tillbridge.errors import (
    ApplicationClosed,
    IdempotencyMismatch,
    NotReturnable,
)


@dataclass(frozen=True, slots=True)
class Returned:
    """A return as it was decided: `outcome` is what it gives back, as JSON."""

    application: Application
    outcome: Mapping[str, Any]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Take goods back by what the sale was given for them. `return_ref` is the till's own name for
    this return: the same one is given back once. `fingerprint` stands for all that it says."""

    actor: Actor
    application_id: str
    return_ref: str
    fingerprint: str
    lines: tuple[ReturnedLine, ...]
    policy: Policy

    def __call__(self, seen: Seen) -> Step[Returned]:
        """Raises `ApplicationNotFound`, `ApplicationClosed` for one that is not captured,
        `NotReturnable`, `IdempotencyMismatch`."""
        application = looked_up(self.actor.tenant_id, self.application_id, seen)
        if isinstance(application, Need):
            return application
        if application.state is not State.CAPTURED:
            raise ApplicationClosed(**application.facts)
        entered, kept = return_key(application.key, self.return_ref), kept_key(application.key)
        # Only once something has come back, there is a return to know again, or less to keep.
        if application.returns and (entered not in seen or kept not in seen):
            return Need(entered, also=(kept,))
        if (known := seen.get(entered)) is not None:
            return self._replay(application, known)
        if _is_newer(seen.get(kept), application):
            # Something came back between two looks: it may have been this very return.
            return Need(application.key, also=(entered, kept))
        decided = decided_in(application, seen)
        if isinstance(decided, Need):
            return decided
        return self._give_back(application, decided, seen.get(kept))

    def _give_back(
        self, application: Application, decided: Decided, kept: Item | None
    ) -> Commit[Returned]:
        before = decided.kept if kept is None else kept_in(kept)
        outcome = self._outcome(decided, before)
        freed = _freed(application.takes, decided, before, outcome.kept)
        number = application.returns + 1
        after, moved = application.moved(State.CAPTURED, returns=number, takes=freed)
        told = outcome.as_json()
        unchanged: Condition = Absent() if kept is None else Equals("returns", application.returns)
        writes = (
            moved,
            self._entered(application, told),
            Put(
                kept_key(application.key),
                {**kept_item(outcome.kept), "returns": number},
                unchanged,
            ),
            *counting(freed, application.takes),
        )
        return Commit(writes, Returned(after, told))

    def _entered(self, application: Application, outcome: Mapping[str, Any]) -> Put:
        """The write of the return itself: refused when its name was used."""
        entry = {"fingerprint": self.fingerprint, "outcome": packed(outcome)}
        facts = {"returned_at": self.actor.at, **self.actor.facts}
        return Put(return_key(application.key, self.return_ref), {**entry, **facts}, Absent())

    def _outcome(self, decided: Decided, kept: tuple[KeptLine, ...]) -> ReturnOutcome:
        asked = Return(
            basket=decided.basket,
            kept=kept,
            campaigns=decided.campaigns,
            returned=self.lines,
            policy=self.policy,
        )
        try:
            return give_back(asked)
        except ReturnRefused as refused:
            raise NotReturnable(str(refused), operation_ref=self.application_id) from refused

    def _replay(self, application: Application, known: Item) -> Settled[Returned]:
        if known["fingerprint"] != self.fingerprint:
            raise IdempotencyMismatch(
                "this return has given back something else", operation_ref=self.application_id
            )
        return Settled(Returned(application, unpacked(known["outcome"]), replayed=True))


def _is_newer(kept: Item | None, application: Application) -> bool:
    return kept is not None and kept["returns"] > application.returns


def _freed(
    takes: Takes, decided: Decided, before: Iterable[KeptLine], after: Iterable[KeptLine]
) -> Takes:
    """What the sale still uses up. What a limited campaign gave for goods that came back may be
    spent again, and its use once nothing of it is left, unless the campaign says otherwise."""
    given, left = _given(before), _given(after)
    for campaign in decided.campaigns:
        less = given.get(campaign.id, 0) - left.get(campaign.id, 0)
        if less and campaign.on_return == "give_back":
            is_over = not left.get(campaign.id, 0)
            takes = given_back(takes, campaign.id, less, use=is_over)
    return takes


def _given(kept: Iterable[KeptLine]) -> dict[str, int]:
    """By campaign, what the kept goods had off."""
    given: dict[str, int] = {}
    for line in kept:
        for campaign_id, minor in line.discounts.items():
            given[campaign_id] = given.get(campaign_id, 0) + minor
    return given

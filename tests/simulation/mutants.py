"""The defences, each taken away by a change to the real source of one function. A change that finds
nothing to change is an error: no mutant outlives what it mutates."""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from tillbridge.domain.applications import counter, finish, points, returning, take
from tillbridge.domain.applications.application import Application
from tillbridge.domain.applications.apply import Apply
from tillbridge.domain.applications.counter import Counts
from tillbridge.domain.applications.returning import GiveBack
from tillbridge.domain.ledger import account, journal, sale_register
from tillbridge.domain.ledger.adjust import Adjustment
from tillbridge.domain.ledger.earn import Accrual, Reversal
from tillbridge.domain.ledger.finish import Capture, ExpireHold, Void, VoidKey, VoidSale
from tillbridge.domain.ledger.hold import Hold
from tillbridge.domain.ledger.redemption import Redemption
from tillbridge.domain.ledger.refund import Refund
from tillbridge.domain.ledger.writes import AllOf

_ALWAYS = "AllOf(())"
# A condition that is always true.
_STATE = (
    'unchanged = AllOf((Equals("state", str(self.state)), Equals("refundable", self.refundable)))'
)
_APPLICATION_STATE = (
    'unchanged = AllOf((Equals("state", str(self.state)), Equals("returns", self.returns)))'
)


@dataclass(frozen=True)
class Edit:
    """`function` is any plain one; types only know it as something to call."""

    function: Any
    old: str
    new: str

    def mutated(self) -> CodeType:
        """The function's code after the edit."""
        source = textwrap.dedent(inspect.getsource(self.function))
        if source.count(self.old) != 1:
            raise LookupError(f"{self.function.__qualname__} does not say {self.old!r} once")
        functions: dict[str, FunctionType] = {}
        edited = source.replace(self.old, self.new).removeprefix("@property\n")
        code = compile(edited, "<mutant>", "exec")
        exec(code, dict(self.function.__globals__), functions)
        # Not every module has what takes the place of a condition.
        self.function.__globals__.setdefault("AllOf", AllOf)
        return functions[self.function.__name__].__code__


@contextmanager
def mutated(*edits: Edit) -> Iterator[None]:
    """Run with the edits: callers have the functions already, so their code is what changes."""
    with ExitStack() as undo:
        for edit in edits:
            undo.callback(setattr, edit.function, "__code__", edit.function.__code__)
            edit.function.__code__ = edit.mutated()
        yield


def _moves_regardless(state: str) -> Edit:
    changed = _STATE.replace("AllOf(", f"AllOf(() if state is State.{state} else ", 1)
    return Edit(Redemption.moved, _STATE, changed)


def _application_moves_regardless(state: str) -> Edit:
    changed = _APPLICATION_STATE.replace("AllOf(", f"AllOf(() if state is State.{state} else ", 1)
    return Edit(Application.moved, _APPLICATION_STATE, changed)


_NEW_REDEMPTION = Edit(Redemption.created, "Absent()", _ALWAYS)
_REGISTER = Edit(sale_register.taken, "closed}, free)", "closed}, AllOf(()))")
_ENTRY = Edit(journal.entry, "Absent(),", f"{_ALWAYS},")
_EARNING = Edit(
    Accrual.__call__,
    "Put(earning, self._earning(), Absent())",
    f"Put(earning, self._earning(), {_ALWAYS})",
)

# What seeds kill within a few dozen.
FREQUENT: dict[str, tuple[Edit, ...]] = {
    "points need not be there": (Edit(Hold._decide, "if available < self.points:", "if False:"),),
    "an account changes under its reader": (
        Edit(account.account_write, 'Equals("ver", account.version)', _ALWAYS),
    ),
    "a first entry is written over another": (
        Edit(account.account_write, "change)), Absent())", "change)), AllOf(()))"),
    ),
    "a rejection is not stored": (
        Edit(
            Hold._reject,
            "return Commit((redemption.created(), taken), Receipt(",
            "return Settled(Receipt(",
        ),
    ),
    "a sale takes any number of redemptions": (_REGISTER,),
    "what was written unheard is not known again": (
        Edit(
            Hold._replay,
            "return Receipt(known, replayed=True)",
            "raise RedemptionVoided(operation_ref=known.redemption_id)",
        ),
    ),
    "more is refunded than was captured": (
        Edit(Refund.__call__, "and redemption.refundable >= self.points", ""),
    ),
    "a refund is entered twice": (_ENTRY,),
    "points come back although there is a debt": (
        Edit(account.blind_account_write, "if change.available:", "if False:"),
    ),
    "an order earns twice": (_EARNING,),
    "what was returned still counts towards a tier": (
        Edit(Reversal._take_back, "earned=counted", "earned={}"),
    ),
    "a key adjusts twice": (Edit(Adjustment._decided, "Absent())", f"{_ALWAYS})"),),
    "a key redeems twice": (_NEW_REDEMPTION, _REGISTER, _ENTRY),
    "a counter counts beyond its limit": (
        Edit(take._allows, "AtMost(name, most - number)", "AtLeast(name, 0)"),
    ),
    "what the sale holds is counted twice": (
        Edit(take.counting, "t for t in old if t.key == key", "t for t in ()"),
    ),
    "a void frees what is not held any more": (
        Edit(finish.Void.of, "application.state not in (State.HELD, State.EXPIRED)", "False"),
    ),
    "what is held is not counted": (
        Edit(Apply._commit, "*counting(offer.takes, _held_by(replaced)),", ""),
    ),
    "what is voided stays counted": (
        Edit(finish._released, ", *counting((), application.takes)", ""),
    ),
    "a late capture does not count": (Edit(finish.Capture._take_late, "*counts,", ""),),
    "an application leaves its points behind": (Edit(Apply._commit, "*points.writes,", ""),),
    "a capture leaves its points behind": (
        Edit(finish.Capture._take_held, "(moved, *points.writes)", "(moved,)"),
    ),
    "points that are not there are no reason": (
        Edit(Apply._decide, "redemption.state is State.REJECTED", "False"),
    ),
    "a higher price is charged in silence": (Edit(Apply._decide, "total_minor > most:", "False:"),),
    "a return is given back again": (
        Edit(GiveBack.__call__, "if (known := seen.get(entered)) is not None:", "if False:"),
        Edit(GiveBack._entered, "Absent())", f"{_ALWAYS})"),
    ),
    "a return moves nothing": (
        Edit(GiveBack._give_back, "returns=number, takes=freed", "takes=freed"),
    ),
    "what comes back is not free": (
        Edit(GiveBack._give_back, "*counting(freed, application.takes),", ""),
    ),
    "a sale takes any number of applications": (_REGISTER,),
    "what replaces another leaves it held": (
        Edit(Apply._in_place_of, "return moved, handed_on", "return (handed_on,)"),
    ),
    "the shares of a large limit are more than it is": (
        Edit(counter._share, "if number == 0 else each", "if True else each"),
        Edit(counter._used, "limit - sum(left)", "max(0, limit - sum(left))"),
    ),
}

# What a story has to kill (test_scenarios).
RARE: dict[str, tuple[Edit, ...]] = {
    "a void leaves no tombstone": (
        Edit(
            VoidKey.__call__,
            "return Commit((tombstone.created(),), Receipt(tombstone))",
            "return Settled(Receipt(tombstone))",
        ),
    ),
    "the void of a sale leaves it open": (
        Edit(
            VoidSale.__call__,
            "return Commit((tombstone.created(), taken), Receipt(tombstone))",
            "return Commit((tombstone.created(),), Receipt(tombstone))",
        ),
    ),
    "a rejection leaves the sale open": (
        Edit(
            Hold._reject, "Commit((redemption.created(), taken),", "Commit((redemption.created(),),"
        ),
    ),
    "a late capture need not own the sale": (
        Edit(
            Capture._take_late,
            "sale_register.changed(sale, self.redemption_id, closed=False),",
            "",
        ),
    ),
    "an expired hold need not be voided": (
        Edit(
            Void.of,
            "return Commit((moved,), Receipt(voided))",
            "return Settled(Receipt(voided))",
        ),
    ),
    "a closed sale is anybody's": (
        Edit(
            sale_register.taken,
            ', Equals("rid", supersedes))',
            ",)",
        ),
    ),
    "a void is good from any state": (_moves_regardless("VOIDED"),),
    "a capture is good from any state": (_moves_regardless("CAPTURED"),),
    "the sweeper ends what is not held": (_moves_regardless("EXPIRED"),),
    "the sweeper ends holds before their time": (
        Edit(ExpireHold.__call__, "or not redemption.is_overdue(self.actor.now_s)", ""),
    ),
    "a sale that is off can be redone": (
        Edit(sale_register.handed_on, '"rid": successor,', '"rid": redemption_id,'),
    ),
    "what a sale holds is in its own way": (
        Edit(Counts._left, "if take.key == shard.key:", "if False:"),
    ),
    "a void of discounts leaves no tombstone": (
        Edit(
            finish.VoidKey.__call__,
            "return Commit((tombstone.created(),), Applied(tombstone))",
            "return Settled(Applied(tombstone))",
        ),
    ),
    "the void of a sale leaves its discounts open": (
        Edit(
            finish.VoidSale.__call__,
            "return Commit((tombstone.created(), taken), Applied(tombstone))",
            "return Commit((tombstone.created(),), Applied(tombstone))",
        ),
    ),
    "a refusal leaves the sale's discounts open": (
        Edit(Apply._reject, "Commit((rejected.created(), taken),", "Commit((rejected.created(),),"),
    ),
    "a late capture of discounts need not own the sale": (
        Edit(finish.Capture._take_late, 'registered["rid"] != self.application_id', "False"),
        Edit(sale_register.changed, 'Equals("rid", redemption_id)', _ALWAYS),
    ),
    "a late capture does not say that it is beyond a limit": (
        Edit(finish.Capture._take_late, "beyond_limit=beyond_limit", "beyond_limit=()"),
    ),
    "expired discounts need not be voided": (
        Edit(
            finish.Void.of,
            "return _with(points, (moved,), voided)",
            "return Settled(Applied(voided))",
        ),
    ),
    "a void of discounts is good from any state": (_application_moves_regardless("VOIDED"),),
    "a capture of discounts is good from any state": (_application_moves_regardless("CAPTURED"),),
    "the sweeper ends discounts that are not held": (_application_moves_regardless("EXPIRED"),),
    "the sweeper ends discounts before their time": (
        Edit(finish.Expire.__call__, "or not is_over", ""),
    ),
    "points are looked at before their account": (
        Edit(points.held_anew, "if account not in seen:", "if False:"),
    ),
    "a return does not see itself under way": (
        Edit(returning._is_newer, "kept is not None and", "False and"),
    ),
}

# Breaks nothing alone: that the redemption is held is the condition that counts. It is kept for an
# account that was damaged by hand.
REDUNDANT: dict[str, tuple[Edit, ...]] = {
    "fewer points may be held": (
        Edit(account.blind_account_write, 'AtLeast("held", -change.held)', _ALWAYS),
    ),
}

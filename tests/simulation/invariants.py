"""What must be true of the table after every transaction, read from its raw items: the checker
shares no rule with the code that it checks. I1 to I12 are those of docs/ledger.md."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.simulation.application_invariants import ApplicationChecks, Limits
from tests.simulation.violation import Violation, require
from tests.support.memory_ledger import InvalidWrites, MemoryLedger
from tillbridge.domain.ledger.writes import Key, Write, WritesRefused

_MAX_LOTS = 60
# A clock may be so wrong, and another one as much in the other direction.
_SKEW_S = 5.0

_BIRTHS = {"held", "captured", "voided", "rejected"}
_MOVES = {
    ("held", "captured"),
    ("held", "voided"),
    ("held", "expired"),
    ("expired", "captured"),
    ("expired", "voided"),
    ("captured", "captured"),
    ("captured", "voided"),
}

Items = Mapping[Key, dict[str, Any] | None]


class CheckedLedger(MemoryLedger):
    """A table that lets nothing wrong be written. `now_s` is the true time; `limits` are those of
    campaigns, and `counted` what their counters say in the beginning."""

    def __init__(
        self,
        now_s: Callable[[], float],
        limits: Mapping[str, Limits],
        counted: Mapping[Key, dict[str, Any]],
    ) -> None:
        super().__init__()
        self.items |= counted
        self._applications = ApplicationChecks(self.items, limits, counted, now_s)
        self._now_s = now_s
        self._journal: dict[str, int] = defaultdict(int)
        self._held: dict[str, int] = defaultdict(int)
        self._refunded: dict[str, int] = defaultdict(int)
        self._qualifying: dict[str, int] = defaultdict(int)
        self._captured: dict[Key, str] = {}
        self.log: Callable[[str], None] = lambda _line: None

    def transact(self, writes: Sequence[Write]) -> None:
        before = {write.key: self.items.get(write.key) for write in writes}
        try:
            super().transact(writes)
        except InvalidWrites as error:
            raise Violation(f"a transaction that can never be: {error}") from error
        except WritesRefused as refused:
            self.log(f"refused: {refused}")
            raise
        after = {key: self.items[key] for key in before}
        self.log("written: " + ", ".join(f"{k.pk[2:]} {k.sk} {v}" for k, v in after.items()))
        self._check(before, after)

    def of_kind(self, sort_key: str) -> dict[Key, dict[str, Any]]:
        return {key: item for key, item in self.items.items() if key.sk == sort_key}

    def _check(self, before: Items, after: Mapping[Key, dict[str, Any]]) -> None:
        tenants = {key.pk.split("#")[1] for key in after}
        require(len(tenants) == 1, f"I12: one transaction touches tenants {tenants}")
        accounts, redemptions = set(), set()
        for key, item in after.items():
            kind = key.pk.split("#")[2]
            if kind in ("D", "U") or key.sk == "DISCOUNTS":
                continue
            if kind == "A":
                accounts.add(key.pk)
                self._check_account_item(key, before[key], item)
            elif kind == "R":
                redemptions.add(key)
            elif kind == "J":
                require(before[key] is None, f"a decision is decided again: {key}")
            else:
                redemptions.add(Key(f"T#{next(iter(tenants))}#R#{item['rid']}", "R"))
        for key in redemptions & after.keys():
            self._check_redemption(key, before[key], after[key])
        for pk in accounts:
            self._check_sums(pk)
        for key in redemptions:
            self._check_register(key)
        self._applications.check(before, after)

    def _check_account_item(
        self, key: Key, before: dict[str, Any] | None, item: dict[str, Any]
    ) -> None:
        if key.sk == "ACCT":
            self._check_account(before, item)
        elif key.sk.startswith("EARN#"):
            least = 0 if before is None else before["reversible"]
            require(before is None or item["reversible"] < least, f"earned again: {key}")
            require(0 <= item["reversible"] <= item["points"], f"taken back too much: {key}")
            self._qualifying[key.pk] += item["qualifying"]
            self._qualifying[key.pk] -= 0 if before is None else before["qualifying"]
        else:
            require(before is None, f"a journal entry is written again: {key}")
            self._journal[key.pk] += item["delta"]
            self._check_entry(key, item)

    def _check_account(self, before: dict[str, Any] | None, item: dict[str, Any]) -> None:
        available, held, debt, lots = (item[name] for name in ("avail", "held", "debt", "lots"))
        require(min(available, held, debt) >= 0, f"I1: {item}")
        require(available == sum(lots.values()), f"the lots are not what is available: {item}")
        require(all(points >= 1 for points in lots.values()), f"an empty lot: {item}")
        require(len(lots) <= _MAX_LOTS + 1, f"too many lots: {len(lots)}")
        require(not (available and debt), f"a debt is not repaid: {item}")
        version = 0 if before is None else before["ver"]
        require(item["ver"] == version + 1, f"version {version} becomes {item['ver']}")

    def _check_entry(self, key: Key, item: dict[str, Any]) -> None:
        if "redemption_id" not in item:
            return
        entry = key.sk.split("#")
        ends = [
            kind
            for kind in ("post", "void", "late")
            if Key(key.pk, f"E#{kind}#{entry[2]}") in self.items
        ]
        require(len(ends) <= 1, f"I3: redemption {entry[2]} ended as {ends}")
        if entry[1] == "refund":
            self._refunded[entry[2]] += item["delta"]
            require(self._refunded[entry[2]] <= item["points"], f"I6: refunded too much: {key}")

    def _check_redemption(
        self, key: Key, before: dict[str, Any] | None, item: dict[str, Any]
    ) -> None:
        state, rid = item["state"], key.pk.split("#")[3]
        if before is None:
            require(state in _BIRTHS, f"a redemption begins as {state}")
        else:
            require((before["state"], state) in _MOVES, f"{before['state']} becomes {state}: {key}")
            if state == before["state"]:
                require(item["refundable"] < before["refundable"], f"I6: nothing moves: {key}")
            if state == "expired":
                over = before["held_until_s"] <= self._now_s() + _SKEW_S
                require(over, f"a hold ends before its time: {key}")
        account = f"{key.pk.split('#R#')[0]}#A#{item.get('account')}"
        was_held = before is not None and before["state"] == "held"
        self._held[account] += item["points"] * ((state == "held") - was_held)
        if state == "captured":
            rest = item["points"] - self._refunded[rid]
            require(item["refundable"] == rest, f"I6: {item} after {self._refunded[rid]} refunded")
            first = self._captured.setdefault(_sale(key, item), rid)
            require(first == rid, f"I4: {first} and {rid} are captured for one sale")
        elif before is not None and before["state"] == "captured":
            del self._captured[_sale(key, item)]

    def _check_sums(self, pk: str) -> None:
        account = self.items.get(Key(pk, "ACCT"))
        require(account is not None, f"entries without an account: {pk}")
        assert account is not None
        balance = account["avail"] + account["held"] - account["debt"]
        require(self._journal[pk] == balance, f"I2: journal {self._journal[pk]}, {account}")
        require(
            self._held[pk] == account["held"], f"held for redemptions: {self._held[pk]}, {account}"
        )

        earned = account.get("earned", {})
        require(all(points >= 1 for points in earned.values()), f"nothing counts: {account}")
        counted, left = sum(earned.values()), self._qualifying[pk]
        require(counted == left, f"{counted} count towards a tier, orders have {left} left")

    def _check_register(self, key: Key) -> None:
        """A live redemption has its sale; an open sale has a live redemption."""
        redemption = self.items.get(key)
        require(redemption is not None, f"a sale of a redemption that is not: {key}")
        assert redemption is not None
        if "sale_ref" not in redemption:
            return
        registered = self.items.get(_sale(key, redemption))
        is_own = registered is not None and f"#R#{registered['rid']}" in key.pk
        live = redemption["state"] in ("held", "captured")
        require(is_own or not live, f"a live redemption without its sale: {redemption}")
        if is_own and registered is not None:
            require(registered["closed"] != live, f"{registered} of {redemption}")


def _sale(key: Key, item: dict[str, Any]) -> Key:
    tenant = key.pk.split("#R#")[0]
    return Key(f"{tenant}#N#{item.get('store_id')}#{item.get('sale_ref')}", item.get("account", ""))

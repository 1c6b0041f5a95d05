"""What must be true of applications and counters after every transaction, read from the raw items
(invariants.py)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from tests.simulation.violation import require
from tillbridge.domain.ledger.writes import Key

_BIRTHS = {"held", "voided", "rejected"}
_MOVES = {
    ("held", "captured"),
    ("held", "voided"),
    ("held", "expired"),
    ("expired", "captured"),
    ("expired", "voided"),
    ("captured", "captured"),
}
_LIVE = ("held", "captured")
# A clock may be so wrong, and another one as much in the other direction.
_SKEW_S = 5.0
# What points may be while their application is in a state: the sweeper ends either first.
_POINTS = {
    "held": {"held", "expired"},
    "captured": {"captured"},
    "voided": {"voided"},
    "expired": {"expired"},
}

Item = dict[str, Any]
Items = Mapping[Key, Item | None]
# By attribute of a counter: its limit over all its items.
Limits = Mapping[str, int]


class ApplicationChecks:
    """`limits` are the campaigns'; `base` is what was counted before there was anybody to see."""

    def __init__(
        self,
        items: Items,
        limits: Mapping[str, Limits],
        base: Mapping[Key, Item],
        now_s: Callable[[], float],
    ) -> None:
        self._items, self._limits, self._now_s = items, limits, now_s
        self._taken: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._beyond: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._captured: dict[Key, Key] = {}
        self._places: dict[str, set[Key]] = defaultdict(set)
        for key, item in base.items():
            self._taken[key] |= item
            self._places[_counter(key)].add(key)

    def check(self, before: Items, after: Mapping[Key, Item]) -> None:
        """After a transaction."""
        counters = {key for key in after if _kind(key) == "U"}
        sales = {key for key in after if key.sk == "DISCOUNTS"}
        for key, item in after.items():
            if _kind(key) == "D" and key.sk == "D":
                counters |= self._check_application(key, before[key], item, after)
                sales |= {_sale(key, item)} if "sale_ref" in item else set()
            elif _kind(key) == "D" and key.sk != "KEPT":
                require(before[key] is None, f"written again: {key}")
        for key in counters:
            self._check_counter(key, before, after)
        for key in sales:
            self._check_register(key)

    def _check_application(
        self, key: Key, before: Item | None, item: Item, after: Mapping[Key, Item]
    ) -> set[Key]:
        """The counters that it is about."""
        state = item["state"]
        if before is None:
            require(state in _BIRTHS, f"an application begins as {state}")
        else:
            require((before["state"], state) in _MOVES, f"{before['state']} becomes {state}: {key}")
            returned = item["returns"] - before["returns"]
            require(returned == (before["state"] == "captured"), f"returns of {key}: {returned}")
            if state == "expired":
                over = before["held_until_s"] <= self._now_s() + _SKEW_S
                require(over, f"a hold ends before its time: {key}")
        if state == "captured":
            first = self._captured.setdefault(_sale(key, item), key)
            require(first == key, f"I4: {first} and {key} are captured for one sale")
        registered = self._items.get(_sale(key, item)) if "sale_ref" in item else None
        is_own = registered is not None and key.pk.endswith(f"#D#{registered['rid']}")
        require(is_own or state not in _LIVE, f"a live application without its sale: {key}")
        self._check_points(key, item, after)
        self._count_beyond(before, item)
        return self._count(before, -1) | self._count(item, 1)

    def _check_points(self, key: Key, item: Item, after: Mapping[Key, Item]) -> None:
        """Both or neither."""
        if not (redemption := item.get("redemption_id")):
            return
        place = Key(f"{key.pk.split('#D#')[0]}#R#{redemption}", "R")
        points = self._items.get(place)
        state = None if points is None else points["state"]
        require(state in _POINTS[item["state"]], f"{key} is {item['state']}, its points {state}")
        if item["state"] == "held":
            require(place in after and state == "held", f"points apart from {key}: {state}")

    def _count(self, item: Item | None, sign: int) -> set[Key]:
        keys = set()
        for take in item.get("takes", ()) if item and item["state"] in _LIVE else ():
            key = Key(**take["key"])
            keys.add(key)
            self._taken[key]["uses"] += sign * take["uses"]
            self._taken[key][f"spent_{take['currency']}"] += sign * take["spend_minor"]
        return keys

    def _count_beyond(self, before: Item | None, item: Item) -> None:
        """What a late capture has counted beyond a limit, and says so."""
        if before is None or (before["state"], item["state"]) != ("expired", "captured"):
            return
        for take in item.get("takes", ()):
            if take["campaign_id"] in item.get("beyond_limit", ()):
                beyond = self._beyond[_counter(Key(**take["key"]))]
                beyond["uses"] += take["uses"]
                beyond[f"spent_{take['currency']}"] += take["spend_minor"]

    def _check_counter(self, key: Key, before: Items, after: Mapping[Key, Item]) -> None:
        item = self._items.get(key) or {}
        for name in {*item, *self._taken[key]}:
            counted, taken = item.get(name, 0), self._taken[key][name]
            require(counted == taken, f"{key.pk}: {name} is {counted}, {taken} are taken")
        if key not in after:
            return
        counter, was = _counter(key), before[key] or {}
        self._places[counter].add(key)
        for name, most in self._limits[key.pk.split("#")[3]].items():
            if item.get(name, 0) > was.get(name, 0):
                total = sum(
                    (self._items[place] or {}).get(name, 0) for place in self._places[counter]
                )
                allowed = most + self._beyond[counter][name]
                require(total <= allowed, f"{counter}: {name} is {total}, {most} are allowed")

    def _check_register(self, sale: Key) -> None:
        """A live application has its sale; an open sale has a live application."""
        registered = self._items.get(sale)
        if registered is None:
            return
        pk = f"{sale.pk.split('#N#')[0]}#D#{registered['rid']}"
        application = self._items.get(Key(pk, "D"))
        require(application is not None, f"a sale of an application that is not: {sale}")
        assert application is not None
        live = application["state"] in _LIVE
        require(registered["closed"] != live, f"{registered} of {application}")


def _kind(key: Key) -> str:
    return key.pk.split("#")[2]


def _counter(key: Key) -> str:
    """What the items of one counter have in common: all but the last part, unless that is a
    customer's."""
    whole, _, part = key.pk.rpartition("#")
    return whole if part.isdecimal() else key.pk


def _sale(key: Key, item: Item) -> Key:
    tenant = key.pk.split("#D#")[0]
    return Key(f"{tenant}#N#{item['store_id']}#{item['sale_ref']}", "DISCOUNTS")

"""How often the table is asked where a merchant's own system keeps the points: as
docs/http-provider.md says."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.upstream_loyalty import KEY, RESERVE, UpstreamShop
from tillbridge.domain.ledger.writes import Item, Key, Write

Operation = Callable[[UpstreamShop], object]
_ROW = re.compile(r"\| (hold|capture|refund|void|earn)[^|]* \| (.+) \| (\d+) \| (\d+) \|")

OPERATIONS: dict[str, Callable[[UpstreamShop], Operation]] = {
    "hold": lambda _shop: lambda shop: shop.redeem(),
    "capture": lambda shop: _of(shop.redeem(), UpstreamShop.capture),
    "refund": lambda shop: _of(
        shop.capture(shop.redeem()), lambda shop, receipt: shop.refund(receipt, 100)
    ),
    "void": lambda shop: _of(shop.redeem(), UpstreamShop.void),
    "earn": lambda _shop: lambda shop: shop.earn(10),
}


def _of(receipt: Any, operation: Callable[[UpstreamShop, Any], object]) -> Operation:
    return lambda shop: operation(shop, receipt)


def documented(root: Path) -> dict[tuple[str, str], tuple[int, int]]:
    text = (root / "docs/http-provider.md").read_text()
    return {
        (name, kind.strip()): (int(reads), int(transactions))
        for name, kind, reads, transactions in _ROW.findall(text)
    }


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize(("kind", "capability"), [("at once", KEY), ("reserved", RESERVE)])
def test_an_operation_costs_what_is_written(
    root: Path, name: str, kind: str, capability: dict[str, Any]
) -> None:
    shop = UpstreamShop(capability)
    operation = OPERATIONS[name](shop)
    counts = {"get": 0, "transact": 0}
    get, transact = shop.store.get, shop.store.transact

    def counted_get(key: Key) -> Item | None:
        counts["get"] += 1
        return get(key)

    def counted_transact(writes: Sequence[Write]) -> None:
        counts["transact"] += 1
        transact(writes)

    vars(shop.store).update(get=counted_get, transact=counted_transact)
    operation(shop)

    assert (counts["get"], counts["transact"]) == documented(root)[name, kind]

"""Sales as tills report them: a test names only what it is about."""

from decimal import Decimal
from typing import Any

from tests.support.loyalty import CUSTOMER, NOON_S
from tillbridge.domain.sale import Sale, SaleLine


def a_line(amount_minor: int, **changes: Any) -> SaleLine:
    parts = {"line_id": "1", "quantity": Decimal(1), "amount_minor": amount_minor}
    return SaleLine(**{**parts, **changes})


def a_sale(*lines: SaleLine | int, **changes: Any) -> Sale:
    """A sale of these lines, or of goods for so many minor units each."""
    parts: dict[str, Any] = {
        "sale_ref": "sale-1",
        "store_id": "shop",
        "customer_id": CUSTOMER,
        "currency": "DKK",
        "at_s": int(NOON_S),
        "lines": tuple(a_line(line) if isinstance(line, int) else line for line in lines),
    }
    return Sale(**{**parts, **changes})

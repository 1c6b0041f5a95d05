"""`make run`: the local stack in the foreground, until Ctrl-C."""

import json
import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from uuid import uuid4

from rich.console import Console

from local.demo_tenants import DEMO_TENANTS
from local.errors import LocalStackError
from local.stack import LocalStack, running_stack, write_description
from local.template import ROOT

# Beside where it is started, so that two stacks do not get in each other's way.
FOLDER = Path.cwd() / ".local"
DESCRIPTION = FOLDER / "stack.json"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")

# Errors and progress are for the person; what is printed plainly can be pasted.
progress = Console(stderr=True, highlight=False)


def main() -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        port, allow_origins = _options()
        with running_stack(port, allow_origins, FOLDER, _say) as stack:
            write_description(stack, DESCRIPTION)
            print(_welcome(stack), flush=True)
            return _serve(stack)
    except KeyboardInterrupt:
        progress.print("Stopped.")
        return 0
    except LocalStackError as error:
        progress.print(f"[red]{error}[/red]")
        return 1


def _serve(stack: LocalStack) -> int:
    """Until Ctrl-C, or until one of the processes dies."""
    try:
        while True:
            stack.require_alive()
            time.sleep(0.5)
    finally:
        DESCRIPTION.unlink(missing_ok=True)


def _say(step: str) -> None:
    progress.print(f"{step} …")


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _options() -> tuple[int, str]:
    port = os.environ.get("PORT") or "4566"
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise LocalStackError(f"PORT={port} is not a port. Give a number from 1 to 65535.")
    origins = (os.environ.get("ALLOW_ORIGINS") or "").replace(",", " ").split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise LocalStackError(
                f"ALLOW_ORIGINS: {origin} is not an origin. Write http://127.0.0.1:9000, no path."
            )
    return int(port), " ".join(origins)


def _welcome(stack: LocalStack) -> str:
    lines = [
        "",
        "Tillbridge is up. Base URL for a POS:",
        f"  {stack.api}",
        "",
        "A key per demo tenant, and a request to try:",
    ]
    for tenant_id, key in stack.keys.items():
        lines += [
            f"  {tenant_id}: {key.token}",
            f"  curl '{stack.api}/v1/customers?search_term=jane&currency_code=DKK' \\",
            f"    -H 'Authorization: Bearer {key.token}'",
            "",
        ]
    lines += [*_shopify_lines(stack), *_loyalty_lines(stack), *_discount_lines(stack)]
    return "\n".join([*lines, "The same for programs: .local/stack.json. Ctrl-C stops everything."])


def _shopify_lines(stack: LocalStack) -> list[str]:
    """A request as the POS of the demo shop sends it, with a token that is made as it is sent."""
    python, root, description = map(shlex.quote, map(str, (sys.executable, ROOT, DESCRIPTION)))
    mint = f"cd {root} && {python} -m local.session_token {description}"
    return [
        f"The POS of {stack.shop.domain} ({stack.shop.tenant_id}) shows a token of a minute:",
        f"  curl '{stack.api}/v1/customers?search_term=jane' \\",
        f'    -H "Authorization: Bearer $({mint})"',
        "",
    ]


def _loyalty_lines(stack: LocalStack) -> list[str]:
    """Requests to try of the first merchant whose points the built-in ledger keeps."""
    tenant_id = next(tenant.tenant_id for tenant in DEMO_TENANTS if tenant.programme())
    authorization = f"-H 'Authorization: Bearer {stack.keys[tenant_id].token}'"
    earn = (
        '{"points": 150, "store_id": "shop-1", "order_ref": "order-1", "customer_name": "Jane Doe"}'
    )
    hold = '{"customer_id": "C-10001", "points": 100, "store_id": "shop-1", "sale_ref": "sale-1"}'
    sale = (
        '{"customer_id": "C-10001", "store_id": "shop-1", "sale_ref": "sale-1", "currency": "DKK", '
        '"at": "2026-11-25T11:00:00Z", "lines": [{"line_id": "1", "amount_minor": 49900}]}'
    )
    customer = f"{stack.api}/v1/customers/C-10001"
    return [
        f"Points at {tenant_id}: earn, hold for a sale, report it as paid, look:",
        f"  curl '{customer}/points/accruals' {authorization} -d '{earn}'",
        f"  curl '{stack.api}/v1/redemptions' {authorization} \\",
        f"    -H 'Idempotency-Key: {uuid4()}' -d '{hold}'",
        f"  curl '{stack.api}/v1/sales' {authorization} -d '{sale}'",
        f"  curl '{customer}/loyalty' {authorization}",
        "",
    ]


def _discount_lines(stack: LocalStack) -> list[str]:
    """Requests to try of the first merchant with campaigns. Each campaign is answered with what it
    gives, or with why it gives nothing and the smallest change that would make it."""
    tenant_id = next(tenant.tenant_id for tenant in DEMO_TENANTS if tenant.campaigns())
    authorization = f"-H 'Authorization: Bearer {stack.keys[tenant_id].token}'"
    lines = [
        {"id": "1", "product_id": "tent-2p", "unit_price_minor": 129_900},
        {"id": "2", "product_id": "wool-socks", "tags": ["socks"], "unit_price_minor": 8_900},
    ]
    basket = {"currency": "DKK", "lines": lines}
    customer = {"id": "C-10001", "tier": "gold", "history": {"order_count": 4}}
    asked = json.dumps({"basket": basket, "customer": customer})
    path = f"{stack.api}/v1/customers/C-10001/discounts?currency_code=DKK&market=dk"
    return [
        f"Discounts at {tenant_id}: a sale, explained, and what Ka-ching's till is given:",
        f"  curl -s '{stack.api}/v1/discounts/evaluations' {authorization} \\",
        f"    -d '{asked}' | python3 -m json.tool",
        f"  curl -i '{path}' {authorization}",
        "",
    ]


if __name__ == "__main__":
    sys.exit(main())

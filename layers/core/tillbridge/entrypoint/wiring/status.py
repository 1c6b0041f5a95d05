"""What tells a customer's standing: the ledger's table and the tenants' live programmes."""

from functools import cache

from tillbridge.entrypoint.wiring.ledger import points
from tillbridge.services.tell_status import TellStatus


@cache
def tell_status() -> TellStatus:
    return TellStatus(points().standing)

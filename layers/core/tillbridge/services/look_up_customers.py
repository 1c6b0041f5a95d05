"""Customer lookup (K1-K13): what a cashier typed, to the merchant's customers in our shape."""

import logging
from dataclasses import asdict, dataclass

from tillbridge.domain.customer import Customer, CustomerQuery
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem, Items
from tillbridge.errors import AnswerUnmappable, RecordsUnavailable, TenantSuspended
from tillbridge.services.ports import ReadIntegration, ReadProfile
from tillbridge.services.tenant_system import TenantSystem

logger = logging.getLogger(__name__)

OPERATION = "customer_lookup"


@dataclass(frozen=True, slots=True)
class FoundCustomers:
    """The customers in the system's order; `truncated` when there were more than the tenant's cap,
    `skipped` counts those that could not be used."""

    customers: tuple[Customer, ...]
    truncated: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class LookUpCustomers:
    read_profile: ReadProfile
    read_integration: ReadIntegration
    system: TenantSystem

    def __call__(self, tenant_id: str, query: CustomerQuery, deadline: Deadline) -> FoundCustomers:
        """Raises `TenantError`s, `UpstreamError`s and `RecordsUnavailable`: a failure is never an
        empty list (K12)."""
        profile = self.read_profile(tenant_id)
        if profile.status == "suspended":
            raise TenantSuspended
        integration = self.read_integration(tenant_id, OPERATION)
        if deadline.remaining_s() <= 0:
            # Our own store was slow: the merchant's system is not to blame.
            raise RecordsUnavailable
        if not query.search_term.strip():
            return FoundCustomers(())
        currency_code = query.currency_code or profile.currency
        inputs = {"search_term": query.search_term, "currency_code": currency_code}
        items = self.system.ask(tenant_id, integration, inputs, deadline, profile.result_cap)
        return _found(items, currency_code)


def _found(items: Items, currency_code: str | None) -> FoundCustomers:
    """A bad item costs itself, never the others; when all are bad, the mapping is."""
    bad = [item for item in items.first if isinstance(item, BadItem)]
    customers = tuple(
        item.in_currency(currency_code) for item in items.first if isinstance(item, Customer)
    )
    for item in bad:
        logger.warning("skipped an item of a tenant's answer", extra=asdict(item))
    if bad and not customers:
        raise AnswerUnmappable(
            f"no item could be used; the first fails at {bad[0].field}: {bad[0].reason}",
            field=bad[0].field,
        )
    return FoundCustomers(customers, items.total > len(items.first), len(bad))

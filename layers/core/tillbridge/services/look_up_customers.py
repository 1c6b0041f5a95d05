"""Customer lookup (K1-K13): what a cashier typed, to the merchant's customers in our shape."""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer import AnyCustomer, CustomerQuery, as_customer, in_currency
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem, Items
from tillbridge.errors import (
    AnswerUnmappable,
    RecordsUnavailable,
    TenantSuspended,
    TillbridgeError,
)
from tillbridge.services.ports import ReadIntegration, ReadProfile
from tillbridge.services.tenant_system import TenantSystem
from tillbridge.services.together import together

logger = logging.getLogger(__name__)

OPERATION = "customer_lookup"
# Of so many it is a list to choose from: what each of them has would cost a read for each.
STATUS_OF_AT_MOST = 5
# What the ledger may add to a search.
_STATUS_TAKES_S = 0.4

# A customer's standing in a few words, None where there is none.
TellStatus = Callable[[Caller, str], str | None]


class FoundCustomers(NamedTuple):
    """The customers in the system's order; `truncated` when there were more than the tenant's cap,
    `skipped` counts those that could not be used."""

    customers: tuple[AnyCustomer, ...]
    truncated: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class LookUpCustomers:
    read_profile: ReadProfile
    read_integration: ReadIntegration
    system: TenantSystem
    # Made only for a merchant who asks for it: the ledger's code is dear to load.
    tell_status: Callable[[], TellStatus]

    def __call__(self, caller: Caller, query: CustomerQuery, deadline: Deadline) -> FoundCustomers:
        """Raises `TenantError`s, `UpstreamError`s and `RecordsUnavailable`: a failure is never an
        empty list (K12)."""
        tenant_id = caller.tenant_id
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
        found = _found(items, currency_code)
        if profile.lookup_shows_standing and len(found.customers) <= STATUS_OF_AT_MOST:
            return self._with_status(caller, found, deadline)
        return found

    def _with_status(
        self, caller: Caller, found: FoundCustomers, deadline: Deadline
    ) -> FoundCustomers:
        """The customers with their standing, as far as the ledger tells it in time: a search never
        fails for it."""
        customers = [as_customer(one) for one in found.customers]
        tell_status = self.tell_status()
        ids = [one.identifier for one in customers]
        parts = {one: partial(_told, tell_status, caller, one) for one in ids}
        told = together(parts, deadline.within(_STATUS_TAKES_S))
        lines = {one: line for one, line in told.items() if isinstance(line, str)}
        told_of = tuple(one.with_line(lines.get(one.identifier)) for one in customers)
        return found._replace(customers=told_of)


def _found(items: Items, currency_code: str | None) -> FoundCustomers:
    """A bad item costs itself, never the others; when all are bad, the mapping is."""
    bad = [item for item in items.first if isinstance(item, BadItem)]
    good = [item for item in items.first if not isinstance(item, BadItem)]
    customers = in_currency(good, currency_code)
    for item in bad:
        logger.warning("skipped an item of a tenant's answer", extra=asdict(item))
    if bad and not customers:
        raise AnswerUnmappable(
            f"no item could be used; the first fails at {bad[0].field}: {bad[0].reason}",
            field=bad[0].field,
        )
    return FoundCustomers(customers, items.total > len(items.first), len(bad))


def _told(tell_status: TellStatus, caller: Caller, customer_id: str) -> str | None:
    try:
        return tell_status(caller, customer_id)
    except Exception as error:
        # A fault of ours as well: whoever searches for a customer finds one. Its text may quote
        # anything.
        code = error.code if isinstance(error, TillbridgeError) else type(error).__name__
        logger.warning("a search goes without a standing", extra={"code": code})
        return None

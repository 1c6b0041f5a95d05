"""From the number by which Shopify knows a customer to the merchant's own identifier (S8)."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer import Customer
from tillbridge.domain.limits import Deadline
from tillbridge.domain.mapping import BadItem
from tillbridge.domain.recent import Recent
from tillbridge.domain.shop import CHANNEL
from tillbridge.errors import (
    AnswerUnmappable,
    CustomerAmbiguous,
    CustomerNotFound,
    NotConfigured,
    TenantSuspended,
)
from tillbridge.services.ports import ReadIntegration, ReadProfile
from tillbridge.services.tenant_system import TenantSystem

OPERATION = "customer_by_shopify_id"
# The number alone, or as Shopify's Admin API writes it.
_GID = "gid://shopify/Customer/"
_SHOPIFY_ID = re.compile(rf"(?:{_GID})?([0-9]{{1,20}})")
_FRESH_S = 5 * 60


@dataclass(frozen=True, slots=True)
class ShopifyCustomers:
    """Whose system keeps Shopify's number is asked by it, with the merchant's record for that; a
    merchant without such a record knows customers as Shopify does. An answer is remembered for
    minutes: a cashier has several things to do for one customer."""

    read_profile: ReadProfile
    read_integration: ReadIntegration
    system: TenantSystem
    now_s: Callable[[], float] = time.monotonic
    _known: Recent[tuple[str, str], tuple[str, float]] = field(default_factory=Recent)

    def own_id(self, caller: Caller, customer_id: str, deadline: Deadline) -> str:
        """The merchant's identifier for what a caller names: the same, unless it is Shopify's whole
        id and the caller a Shopify POS. A number alone may be the merchant's own, and another
        person's at Shopify. Raises as `of_shopify`."""
        if caller.channel != CHANNEL or not customer_id.startswith(_GID):
            return customer_id
        return self.of_shopify(caller.tenant_id, customer_id, deadline)

    def of_shopify(self, tenant_id: str, customer_id: str, deadline: Deadline) -> str:
        """The merchant's identifier for what Shopify names: the same for what is no id of
        Shopify's. Raises `CustomerNotFound`, `CustomerAmbiguous`, `TenantSuspended`, and as
        `TenantSystem.ask`."""
        shopify_id = _SHOPIFY_ID.fullmatch(customer_id)
        if shopify_id is None:
            return customer_id
        key = tenant_id, shopify_id[1]
        own_id, read_at_s = self._known.get(key) or (None, 0.0)
        if own_id is None or self.now_s() - read_at_s >= _FRESH_S:
            try:
                own_id = self._asked(*key, deadline)
            except NotConfigured:
                return customer_id
            self._known.put(key, (own_id, self.now_s()))
        return own_id

    def _asked(self, tenant_id: str, shopify_id: str, deadline: Deadline) -> str:
        if self.read_profile(tenant_id).status == "suspended":
            raise TenantSuspended
        integration = self.read_integration(tenant_id, OPERATION)
        inputs = {"customer_id": shopify_id}
        found = self.system.ask(tenant_id, integration, inputs, deadline, at_most=2)
        for item in found.first:
            if isinstance(item, BadItem):
                raise AnswerUnmappable(
                    f"the answer fails at {item.field}: {item.reason}", field=item.field
                )
        own_ids = {item.identifier for item in found.first if isinstance(item, Customer)}
        if not own_ids:
            raise CustomerNotFound
        if found.total > len(found.first) or len(own_ids) > 1:
            raise CustomerAmbiguous
        (own_id,) = own_ids
        return own_id

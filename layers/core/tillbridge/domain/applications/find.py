"""Looking for an application, for a till that lost the answer."""

from dataclasses import dataclass

from tillbridge.domain.applications.application import Applied, looked_up
from tillbridge.domain.applications.apply import shown
from tillbridge.domain.ledger.decision import Need, Seen, Step
from tillbridge.domain.ledger.keys import discounts_sale_key
from tillbridge.errors import ApplicationNotFound


@dataclass(frozen=True, slots=True)
class Find:
    tenant_id: str
    application_id: str

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `ApplicationNotFound`."""
        application = looked_up(self.tenant_id, self.application_id, seen)
        return application if isinstance(application, Need) else shown(application, seen)


@dataclass(frozen=True, slots=True)
class FindBySale:
    """The application that the sale's register names, live or over."""

    tenant_id: str
    store_id: str
    sale_ref: str

    def __call__(self, seen: Seen) -> Step[Applied]:
        """Raises `ApplicationNotFound`."""
        sale = discounts_sale_key(self.tenant_id, self.store_id, self.sale_ref)
        if sale not in seen:
            return Need(sale)
        registered = seen[sale]
        if registered is None:
            raise ApplicationNotFound
        return Find(self.tenant_id, registered["rid"])(seen)

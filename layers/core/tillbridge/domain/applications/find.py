"""An application as it is, and looking for it, for a till that lost the answer."""

from dataclasses import dataclass, replace

from tillbridge.domain.applications.application import (
    Application,
    Applied,
    decided_in,
    looked_up,
)
from tillbridge.domain.ledger import redemption
from tillbridge.domain.ledger.decision import Need, Seen, Settled, Step
from tillbridge.domain.ledger.keys import discounts_sale_key
from tillbridge.domain.ledger.redemption import State
from tillbridge.errors import ApplicationNotFound


def unchanged(application: Application, seen: Seen) -> Step[Applied]:
    """An application that is so already, with its points."""
    points = None
    if application.redemption_id:
        points = redemption.looked_up(application.tenant_id, application.redemption_id, seen)
    if isinstance(points, Need):
        return points
    return Settled(Applied(application, redemption=points, replayed=True))


def shown(application: Application, seen: Seen, *, replayed: bool = False) -> Step[Applied]:
    """An application with its points, and what was decided."""
    step, decided = unchanged(application, seen), None
    if not isinstance(step, Settled):
        return step
    if not application.is_tombstone and application.state is not State.REJECTED:
        decided = decided_in(application, seen)
    if isinstance(decided, Need):
        return decided
    return Settled(replace(step.outcome, decided=decided, replayed=replayed))


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

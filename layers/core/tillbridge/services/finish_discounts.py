"""What becomes of a sale's discounts once the POS reports the sale: they are captured when it is
paid, and given back when it is void."""

from contextlib import suppress
from dataclasses import dataclass

from tillbridge.domain.applications.find import FindBySale
from tillbridge.domain.applications.finish import Capture, VoidSale
from tillbridge.domain.applications.returning import GiveBack
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.keys import fingerprint
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.sale import Sale
from tillbridge.errors import ApplicationCaptured, ApplicationNotFound, NotReturnable
from tillbridge.services.ledger import Ledger

# The name of the return of all that is left of a sale which was captured, and is void now.
_VOIDED = "tillbridge/sale-voided"


@dataclass(frozen=True, slots=True)
class FinishDiscounts:
    """The points that come with discounts are captured, or come back, with them, unless they were
    finished alone. Each step finds what it has done when the report comes again."""

    ledger: Ledger

    def capture(self, actor: Actor, sale: Sale) -> None:
        """Raises as `Capture`, but for what is not there."""
        find = FindBySale(actor.tenant_id, sale.store_id, sale.sale_ref)
        try:
            found = self.ledger.settle(find).application
        except ApplicationNotFound:
            return
        if found.state in (State.HELD, State.EXPIRED):
            self.ledger.settle(Capture(actor, found.application_id, reported=True))

    def give_back(self, actor: Actor, sale: Sale) -> None:
        """Raises as `VoidSale`; what was captured before is all returned."""
        try:
            self.ledger.settle(VoidSale(actor, sale.store_id, sale.sale_ref, reported=True))
        except ApplicationCaptured as captured:
            application = str(captured.facts["operation_ref"])
            mark = fingerprint("return", actor.tenant_id, application, {})
            with suppress(NotReturnable):
                self.ledger.settle(GiveBack(actor, application, _VOIDED, mark, None, "keep"))

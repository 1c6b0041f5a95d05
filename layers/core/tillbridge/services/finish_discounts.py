"""What becomes of a sale's discounts once the POS reports the sale: they are captured when it is
paid, and given back when it is void."""

from dataclasses import dataclass

from tillbridge.domain.applications.find import FindBySale
from tillbridge.domain.applications.finish import Capture, VoidSale
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.redemption import State
from tillbridge.domain.sale import Sale
from tillbridge.errors import ApplicationNotFound
from tillbridge.services.ledger import Ledger


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
        """Raises as `VoidSale`. What was captured is free again as well; its points come back
        with all that the sale holds."""
        self.ledger.settle(VoidSale(actor, sale.store_id, sale.sale_ref, reported=True))

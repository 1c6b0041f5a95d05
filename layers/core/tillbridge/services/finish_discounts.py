"""What becomes of a sale's discounts once the POS reports the sale: they are captured when it is
paid, and given back when it is void."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass

from tillbridge.domain.applications.application import Application
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
    """The points that come with discounts are captured, or come back, with them. Each step finds
    what it has done when the report comes again. `named` are the accounts that the sale has named:
    what was applied for somebody else is left alone."""

    ledger: Ledger

    def capture(self, actor: Actor, sale: Sale, named: Collection[str]) -> None:
        """Raises as `Capture`, but for what is not there."""
        found = self._found(actor, sale)
        if found is None or _is_anothers(found, named):
            return
        if found.state in (State.HELD, State.EXPIRED):
            self.ledger.settle(Capture(actor, found.application_id))

    def give_back(self, actor: Actor, sale: Sale, named: Collection[str]) -> None:
        """Raises as `VoidSale`; what was captured before is all returned."""
        found = self._found(actor, sale)
        if found is not None and _is_anothers(found, named):
            return
        try:
            self.ledger.settle(VoidSale(actor, sale.store_id, sale.sale_ref))
        except ApplicationCaptured as captured:
            application = str(captured.facts["operation_ref"])
            mark = fingerprint("return", actor.tenant_id, application, {})
            with suppress(NotReturnable):
                self.ledger.settle(GiveBack(actor, application, _VOIDED, mark, None, "keep"))

    def _found(self, actor: Actor, sale: Sale) -> Application | None:
        find = FindBySale(actor.tenant_id, sale.store_id, sale.sale_ref)
        try:
            return self.ledger.settle(find).application
        except ApplicationNotFound:
            return None


def _is_anothers(application: Application, named: Collection[str]) -> bool:
    return bool(named and application.account) and application.account not in named

"""What becomes of a sale's points once the POS reports the sale: they are captured when it is paid,
and come back when it is void."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tillbridge.domain.ledger import finish, refund
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.decision import Decide
from tillbridge.domain.ledger.find import FindBySale
from tillbridge.domain.ledger.redemption import Receipt, State
from tillbridge.domain.programmes import AnyProgramme
from tillbridge.domain.sale import Sale
from tillbridge.domain.upstream import redeem
from tillbridge.domain.upstream.programme import UpstreamProgramme
from tillbridge.errors import RedemptionCaptured, RedemptionNotFound
from tillbridge.services.ledger import Ledger

# The name of what a void gives back of points that were captured already: it comes once.
_VOIDED = "tillbridge/sale-voided"
# `UNKNOWN`, a capture has words for.
_TO_CAPTURE = (State.HELD, State.EXPIRED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class FinishPoints:
    """Each step finds what it has done when the report comes again. Where the merchant's own system
    keeps the points, the calls that follow are written down, and the resolver makes them: a report
    waits for nobody's system."""

    ledger: Ledger
    capture_of: Callable[..., Decide[Receipt]]
    void_of: Callable[..., Decide[Receipt]]
    refund_of: Callable[..., Decide[Receipt]]

    @classmethod
    def of(cls, ledger: Ledger, programme: AnyProgramme) -> "FinishPoints":
        if isinstance(programme, UpstreamProgramme):
            rules = programme.rules
            return cls(
                ledger,
                partial(redeem.Capture, rules=rules),
                partial(redeem.VoidSale, grace_days=0, rules=rules),
                partial(redeem.Refund, rules=rules),
            )
        grace_days = programme.rules.refund_grace_days
        return cls(
            ledger,
            finish.Capture,
            partial(finish.VoidSale, grace_days=grace_days),
            partial(refund.Refund, grace_days=grace_days),
        )

    def capture(self, actor: Actor, account: str, sale: Sale) -> None:
        """Raises as `Capture`, but for what is not there: `RedemptionUnknown` as long as nobody
        knows whether there is something to capture."""
        find = FindBySale(actor.tenant_id, account, sale.store_id, sale.sale_ref)
        try:
            found = self.ledger.settle(find).redemption
        except RedemptionNotFound:
            return
        if found.state in _TO_CAPTURE:
            self.ledger.settle(self.capture_of(actor, found.redemption_id))

    def give_back(self, actor: Actor, account: str, sale: Sale) -> None:
        """Points that were captured before the sale turned out to be void come back as well."""
        try:
            self.ledger.settle(self.void_of(actor, account, sale.store_id, sale.sale_ref))
        except RedemptionCaptured as captured:
            points = int(str(captured.facts["refundable"]))
            if points:
                redemption = str(captured.facts["operation_ref"])
                self.ledger.settle(self.refund_of(actor, redemption, _VOIDED, points))

"""Loyalty: points held, spent, given back, earned and adjusted, and what a customer has."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tillbridge.domain.loyalty_requests import (
    AccrualRequest,
    AdjustmentRequest,
    CaptureRequest,
    LoyaltyQuery,
    RedemptionQuery,
    RedemptionRequest,
    RefundRequest,
    ReversalRequest,
    VoidRequest,
    VoidUnansweredRequest,
)
from tillbridge.domain.programme.rewards import Basket
from tillbridge.entrypoint.api import Answer, Api, Request
from tillbridge.entrypoint.customer_accounts import (
    ACCOUNT_PAYING,
    ACCOUNT_READING,
    AccountPaying,
    AccountReading,
    paid_answer,
)
from tillbridge.entrypoint.loyalty import (
    ACCRUAL,
    ADJUSTMENT,
    LOYALTY,
    REDEMPTION,
    loyalty_answer,
    page_after,
    points_answer,
    redemption_answer,
    refund_answer,
)
from tillbridge.entrypoint.observability import logger, metrics
from tillbridge.entrypoint.requests import customer_in
from tillbridge.entrypoint.wiring.ledger import (
    customer_accounts,
    keeps_points_itself,
    offer_rewards,
    points,
    redemptions,
    upstream_points,
    upstream_redemptions,
)
from tillbridge.services.points import Points
from tillbridge.services.redemptions import Redemptions
from tillbridge.services.upstream_points import UpstreamPoints
from tillbridge.services.upstream_redemptions import UpstreamRedemptions

api = Api()

_CUSTOMER = "/v1/customers/{customer_id}"
_REDEMPTION = "/v1/redemptions/{redemption_id}"
_KACHING_ACCOUNT = "/v1/kaching/customer-account"


@api.operation(
    "POST", "/v1/redemptions", status=201, needs_key=True, input=RedemptionRequest, **REDEMPTION
)
def redeem(request: Request[RedemptionRequest]) -> Answer:
    """Hold or burn a customer's points for a sale.

    Make the key up and store it before sending. After a lost answer send the same again: it is done
    once. A replay has the first answer's status and the redemption's present state.
    """
    receipt = _redemptions(request).redeem(request.caller, request.idempotency_key, request.input)
    return redemption_answer(receipt, request.input)


@api.operation("GET", "/v1/redemptions", input=RedemptionQuery, **REDEMPTION)
def find_unanswered(request: Request[RedemptionQuery]) -> Answer:
    """Find a redemption whose answer was lost: by its key, or by the sale and the customer."""
    return redemption_answer(_redemptions(request).find_unanswered(request.caller, request.input))


@api.operation("GET", _REDEMPTION, **REDEMPTION)
def show(request: Request[None]) -> Answer:
    """Say what has become of a redemption."""
    return redemption_answer(
        _redemptions(request).find(request.caller, request.path["redemption_id"])
    )


@api.operation("POST", f"{_REDEMPTION}/capture", input=CaptureRequest, **REDEMPTION)
def capture(request: Request[CaptureRequest]) -> Answer:
    """Take held points: the sale is paid.

    It works after the hold has expired too, while the sale has no other redemption.
    """
    redemption = request.path["redemption_id"]
    receipt = _redemptions(request).capture(request.caller, redemption, request.input)
    return redemption_answer(receipt, request.input)


@api.operation("POST", f"{_REDEMPTION}/void", input=VoidRequest, **REDEMPTION)
def void(request: Request[VoidRequest]) -> Answer:
    """Undo a hold or a burn: the sale is off."""
    redemption = request.path["redemption_id"]
    receipt = _redemptions(request).void(request.caller, redemption, request.input)
    return redemption_answer(receipt, request.input)


@api.operation("POST", "/v1/redemptions/void", input=VoidUnansweredRequest, **REDEMPTION)
def void_unanswered(request: Request[VoidUnansweredRequest]) -> Answer:
    """Undo a redemption whose answer was lost: by its key, or by the sale and the customer.

    Send it until it is answered. One that comes before its redemption stops that.
    """
    receipt = _redemptions(request).void_unanswered(request.caller, request.input)
    return redemption_answer(receipt, request.input)


@api.operation("POST", f"{_REDEMPTION}/refunds", status=201, input=RefundRequest, **REDEMPTION)
def refund(request: Request[RefundRequest]) -> Answer:
    """Give captured points back, whole or in parts."""
    redemption = request.path["redemption_id"]
    receipt = _redemptions(request).refund(request.caller, redemption, request.input)
    return refund_answer(receipt, request.input.points, request.input)


@api.operation("POST", f"{_CUSTOMER}/points/accruals", status=201, input=AccrualRequest, **ACCRUAL)
def accrue(request: Request[AccrualRequest]) -> Answer:
    """Add the points that an order has earned, once per order."""
    booked = _points(request).accrue(request.caller, customer_in(request.path), request.input)
    return points_answer(booked, "points_earned", request.input)


@api.operation(
    "POST", f"{_CUSTOMER}/points/reversals", status=201, input=ReversalRequest, **ACCRUAL
)
def reverse(request: Request[ReversalRequest]) -> Answer:
    """Take back what an order has earned, for a return.

    What is spent already becomes a debt, which the next points repay.
    """
    booked = _points(request).reverse(request.caller, customer_in(request.path), request.input)
    return points_answer(booked, "points_reversed", request.input)


@api.operation(
    "POST",
    f"{_CUSTOMER}/points/adjustments",
    status=201,
    needs_key=True,
    input=AdjustmentRequest,
    **ADJUSTMENT,
)
def adjust(request: Request[AdjustmentRequest]) -> Answer:
    """Add or take points by hand, with a reason and who did it."""
    booked = _points(request).adjust(
        request.caller, request.idempotency_key, customer_in(request.path), request.input
    )
    return points_answer(booked, "points_adjusted", request.input)


@api.operation("GET", f"{_CUSTOMER}/loyalty", input=LoyaltyQuery, **LOYALTY)
def show_loyalty(request: Request[LoyaltyQuery]) -> Answer:
    """Show what a customer has, is and can have: points, tier, rewards, and what happened.

    With what is known of the sale, each reward says what it would take off and whether it can be
    had.
    """
    customer_id, query = customer_in(request.path), request.input
    kept = _points(request)
    standing = kept.standing(request.caller, customer_id)
    basket = Basket(query.currency_code, query.subtotal_minor)
    offered = offer_rewards()(request.caller.tenant_id, standing, basket) if kept.rewards else ()
    history = kept.history(request.caller, customer_id, query.limit, page_after(query.before))
    return loyalty_answer(standing, offered, history)


@api.operation("GET", f"{_KACHING_ACCOUNT}/read", **ACCOUNT_READING)
@api.operation("POST", f"{_KACHING_ACCOUNT}/read", **ACCOUNT_READING)
def read_customer_account(request: Request[AccountReading]) -> Answer:
    """Say what a customer's points are worth, as Ka-ching's customer account.

    Of a customer who collects none, 0.
    """
    return Answer(customer_accounts().read(request.caller, request.input.sent()))


@api.operation("GET", f"{_KACHING_ACCOUNT}/pay", **ACCOUNT_PAYING)
@api.operation("POST", f"{_KACHING_ACCOUNT}/pay", **ACCOUNT_PAYING)
def pay_by_customer_account(request: Request[AccountPaying]) -> Answer:
    """Pay with a customer's points, as Ka-ching's customer account.

    The same amount for the same sale is paid once, however often it is sent. Void it by the sale
    when the sale is off.
    """
    return paid_answer(*customer_accounts().pay(request.caller, request.input.sent()))


def _redemptions(request: Request[Any]) -> Redemptions | UpstreamRedemptions:
    """By whoever keeps this merchant's points: a till does not see who that is."""
    if keeps_points_itself(request.caller.tenant_id):
        return upstream_redemptions(request.deadline)
    return redemptions()


def _points(request: Request[Any]) -> Points | UpstreamPoints:
    if keeps_points_itself(request.caller.tenant_id):
        return upstream_points(request.deadline)
    return points()


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event)

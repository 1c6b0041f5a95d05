"""What can be done for a customer, and why not where it cannot: disabled, never hidden (S19)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tillbridge.domain.caller import Scope
from tillbridge.domain.customer_ref import to_segment
from tillbridge.domain.customer_screen import Action, Call, Choice, Reason
from tillbridge.domain.discounts.customer_offers import CampaignOffer
from tillbridge.domain.discounts.reasons import shown
from tillbridge.domain.loyalty_requests import is_reference
from tillbridge.domain.programme import RewardRecord, Standing
from tillbridge.domain.programme.rewards import Basket, Offer, offers
from tillbridge.errors import NotConfigured, TillbridgeError

# What an offer cannot say without a sale.
_ABOUT_THE_SALE = frozenset(
    {"subtotal_unknown", "currency_unknown", "below_subtotal", "other_currency", "no_value"}
)


@dataclass(frozen=True, slots=True)
class Sale:
    """The basket on the till; `subtotal_minor` None where there is none."""

    currency: str | None = None
    subtotal_minor: int | None = None
    item_count: int | None = None
    is_editable: bool = True
    has_discount: bool = False


@dataclass(frozen=True, slots=True)
class Loyalty:
    """A customer's standing, and what the programme offers for points. `is_kept_elsewhere`: by the
    merchant's own system, which adjusts them too."""

    standing: Standing
    rewards: tuple[RewardRecord, ...] = ()
    is_kept_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides what can be done. `loyalty`, `profile_update` and `service_request` may be
    how they could not be read; the latter two are the names of the systems that do it, None for
    service requests that are recorded only. `name` is None where it is not shown."""

    customer_id: str
    name: str | None
    scopes: frozenset[str]
    sale: Sale
    at: datetime
    loyalty: Loyalty | TillbridgeError
    profile_update: str | TillbridgeError
    service_request: str | TillbridgeError | None
    campaigns: Sequence[CampaignOffer] = ()

    @property
    def who(self) -> str:
        return self.name or "this customer"

    @property
    def points_label(self) -> str:
        """What the merchant calls points, where that could be read."""
        if isinstance(self.loyalty, TillbridgeError):
            return "points"
        return self.loyalty.standing.programme.rules.points_label

    @property
    def naming(self) -> dict[str, Any]:
        """The customer's name, for the words of the answer, where a request can take it."""
        return {"customer_name": self.name} if self.name and is_reference(self.name) else {}

    @property
    def path(self) -> str:
        return f"/v1/customers/{to_segment(self.customer_id)}"


def actions_for(now: Situation) -> list[Action]:
    """Those of each kind together; redemptions that can be had first."""
    others = (_adjustment(now), _profile_update(now), _service_request(now))
    return [*_redemptions(now), *_discounts(now), *others]


def _redemptions(now: Situation) -> Iterator[Action]:
    if isinstance(now.loyalty, TillbridgeError):
        yield _redemption(now, None, _first(_scope(now, Scope.REDEEM), _failed(now.loyalty)))
        return
    standing, sale = now.loyalty.standing, now.sale
    label = now.points_label
    basket = Basket(sale.currency, sale.subtotal_minor)
    offered = offers(now.loyalty.rewards, standing.holder, now.at, basket, label)
    blocked = _first(_scope(now, Scope.REDEEM), _not_enrolled(standing, label))
    for offer in offered:
        yield _redemption(now, offer, _first(blocked, _not_now(offer, sale, label)))
    if not offered:
        none_left = standing.holder.available == 0
        spent = Reason(code="no_points", message=f"There are no {label} to redeem.")
        reason = _first(blocked, spent if none_left else None, _no_sale_for_points(sale, label))
        yield _redemption(now, None, reason)


def _redemption(now: Situation, offer: Offer | None, reason: Reason | None) -> Action:
    body: dict[str, Any] = {"customer_id": now.customer_id, **now.naming}
    if offer is None:
        return Action(
            id="redeem",
            kind="redemption",
            label=f"Redeem {now.points_label} for {now.who}",
            eligible=reason is None,
            reason=reason,
            call=Call(method="POST", path="/v1/redemptions", body=body),
        )
    reward, sale = offer.reward, now.sale
    body |= {"reward_id": reward.id}
    if sale.subtotal_minor is not None:
        body |= {"currency_code": sale.currency, "subtotal_minor": sale.subtotal_minor}
    choice = None
    if reward.choice is not None:
        body |= {"points": offer.points}
        most = reward.choice.max_points if offer.max_points is None else offer.max_points
        choice = Choice(
            min_points=reward.choice.min_points,
            max_points=most,
            step_points=reward.choice.step_points,
        )
    return Action(
        id=f"redeem:{reward.id}",
        kind="redemption",
        label=offer.label,
        eligible=reason is None,
        reason=reason,
        points_cost=offer.points,
        choice=choice,
        call=Call(method="POST", path="/v1/redemptions", body=body),
    )


def _discounts(now: Situation) -> Iterator[Action]:
    """All campaigns go with one request: the till adds its basket to it."""
    call = Call(
        method="POST",
        path="/v1/discounts/applications",
        body={"customer": {"id": now.customer_id}, **now.naming},
    )
    for offer in now.campaigns:
        no_sale = _no_sale(now.sale, "discounts are given")
        reason = _first(_scope(now, Scope.DISCOUNT), _refused(offer), no_sale)
        yield Action(
            id=f"discount:{offer.campaign_id}",
            kind="discount",
            label=offer.label,
            eligible=reason is None,
            reason=reason,
            call=call,
        )


def _adjustment(now: Situation) -> Action:
    failed = None
    if isinstance(now.loyalty, TillbridgeError):
        failed = _failed(now.loyalty)
    elif now.loyalty.is_kept_elsewhere:
        failed = _failed(NotConfigured())
    return _action(
        "points_adjustment",
        f"Add or take {now.points_label} of {now.who} by hand",
        _first(_scope(now, Scope.ADJUST), failed),
        Call(method="POST", path=f"{now.path}/points/adjustments", body=now.naming),
    )


def _profile_update(now: Situation) -> Action:
    system = now.profile_update
    failed = _failed(system) if isinstance(system, TillbridgeError) else None
    place = f" in {system}" if isinstance(system, str) else ""
    return _action(
        "profile_update",
        f"Update preferences and consent of {now.who}{place}",
        _first(_scope(now, Scope.SERVICE), failed),
        Call(method="PATCH", path=now.path, body=now.naming),
    )


def _service_request(now: Situation) -> Action:
    system = now.service_request
    failed = _failed(system) if isinstance(system, TillbridgeError) else None
    label = f"Record a service request for {now.who}"
    if isinstance(system, str):
        label = f"Send a service request for {now.who} to {system}"
    return _action(
        "service_request",
        label,
        _first(_scope(now, Scope.SERVICE), failed),
        Call(method="POST", path=f"{now.path}/service-requests", body=now.naming),
    )


def _action(
    kind: Literal["points_adjustment", "profile_update", "service_request"],
    label: str,
    reason: Reason | None,
    call: Call,
) -> Action:
    return Action(
        id=kind, kind=kind, label=label, eligible=reason is None, reason=reason, call=call
    )


def _first(*reasons: Reason | None) -> Reason | None:
    return next((reason for reason in reasons if reason is not None), None)


def _scope(now: Situation, scope: Scope) -> Reason | None:
    if scope in now.scopes:
        return None
    return Reason(
        code="scope_missing",
        message="This till is not allowed to do that.",
        facts={"scope": str(scope)},
    )


def _failed(error: TillbridgeError) -> Reason:
    if isinstance(error, NotConfigured):
        return Reason(code="not_configured", message="This is not set up for this shop.")
    message = "This cannot be done now: see what could not be read."
    return Reason(code="unavailable", message=message, facts={"cause": error.code})


def _not_enrolled(standing: Standing, points_label: str) -> Reason | None:
    if standing.account is not None:
        return None
    message = f"This customer does not collect {points_label} yet."
    return Reason(code="not_enrolled", message=message)


def _not_now(offer: Offer, sale: Sale, points_label: str) -> Reason | None:
    """What the customer lacks comes before what the sale does."""
    said = offer.reason
    reason = None
    if said is not None:
        reason = Reason(code=said.code, message=said.message, facts=dict(said.facts))
        if said.code not in _ABOUT_THE_SALE:
            return reason
    return _first(_no_sale_for_points(sale, points_label), reason)


def _refused(offer: CampaignOffer) -> Reason | None:
    """The first of its reasons; together they would not fit the screen."""
    if offer.eligible:
        return None
    code, facts, text = shown(offer.reasons)[0].values()
    return Reason(code=code, message=text, facts=facts)


def _no_sale(sale: Sale, deed: str) -> Reason | None:
    """`deed` is what needs one, as a sentence without its end."""
    if sale.subtotal_minor is None:
        return Reason(code="no_basket", message=f"Start a sale first: {deed} in one.")
    if sale.subtotal_minor == 0 or sale.item_count == 0:
        return Reason(code="basket_empty", message="Add something to the sale first.")
    if not sale.is_editable:
        return Reason(code="basket_locked", message="The sale cannot be changed any more.")
    return None


def _no_sale_for_points(sale: Sale, points_label: str) -> Reason | None:
    if (reason := _no_sale(sale, f"{points_label} are used")) is not None:
        return reason
    if sale.has_discount:
        return Reason(
            code="discount_in_basket",
            message=f"The sale has a discount already. Take it off to use {points_label}.",
        )
    return None

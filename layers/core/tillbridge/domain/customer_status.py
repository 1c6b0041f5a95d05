"""What a customer is and has, in the shapes of the screen and in one line for a till."""

from tillbridge.domain.customer_details import Badge, CustomerDetails, Purchase
from tillbridge.domain.customer_screen import (
    ExpiringShown,
    MoneyShown,
    NextTier,
    PatternsShown,
    PointsShown,
    PurchaseShown,
    Status,
    TierShown,
)
from tillbridge.domain.money import major_units, minor_units, round_to_currency
from tillbridge.domain.programme import Standing
from tillbridge.domain.purchase_patterns import Money, PurchasePatterns

_LABEL = "points"


def status_of(
    details: CustomerDetails | None, standing: Standing | None, currency_code: str | None
) -> Status:
    """The programme's word counts where it has one: a tier is the merchant's system's where the
    programme has none. `details` and `standing` are None where they could not be read; a balance
    needs its currency."""
    return Status(
        tier=_tier(details, standing),
        next_tier=_next_tier(standing),
        points=_points(details, standing),
        expiring=_expiring(standing),
        account_balance=_balance(details, currency_code),
        badges=_badges(details, standing),
    )


def status_line(status: Status) -> str | None:
    """`Gold · 1,240 points`; None where neither is known."""
    tier = None if status.tier is None else status.tier.label
    points = None
    if status.points is not None:
        known = status.points.available
        number = status.points.balance if known is None else known
        points = f"{number:,} {status.points.label}"
    return " · ".join(part for part in (tier, points) if part is not None) or None


def purchase_shown(purchase: Purchase, time_zone: str) -> PurchaseShown:
    total = purchase.total
    return PurchaseShown(
        date=purchase.day(time_zone).isoformat(),
        total=_money(Money(total.minor, total.currency_code)),
        items=purchase.item_count,
        reference=purchase.reference,
        store=purchase.store,
    )


def patterns_shown(patterns: PurchasePatterns) -> PatternsShown:
    return PatternsShown(
        order_count=patterns.order_count,
        total_spent=None if patterns.total_spent is None else _money(patterns.total_spent),
        last_purchase=patterns.last_purchase,
        average_purchase=None if patterns.average is None else _money(patterns.average),
        favourite_categories=list(patterns.favourite_categories) or None,
        purchases_read=patterns.purchases_read,
    )


def _money(money: Money) -> MoneyShown:
    return MoneyShown(
        amount=f"{major_units(money.amount_minor, money.currency_code):f}",
        currency_code=money.currency_code,
    )


def _tier(details: CustomerDetails | None, standing: Standing | None) -> TierShown | None:
    if standing is not None and standing.programme.rules.tiers is not None:
        tier = standing.tier
        return None if tier is None else TierShown(code=tier.code, label=tier.label)
    if details is None or details.tier is None:
        return None
    return TierShown(code=details.tier.casefold(), label=details.tier[0].upper() + details.tier[1:])


def _next_tier(standing: Standing | None) -> NextTier | None:
    if standing is None or standing.next_tier is None or standing.points_to_next_tier is None:
        return None
    above = standing.next_tier
    return NextTier(code=above.code, label=above.label, points_missing=standing.points_to_next_tier)


def _points(details: CustomerDetails | None, standing: Standing | None) -> PointsShown | None:
    if standing is not None:
        account = standing.account
        if account is None:
            return None
        label = standing.programme.rules.points_label
        return PointsShown(balance=account.balance, available=account.available, label=label)
    if details is None or details.points is None:
        return None
    return PointsShown(balance=details.points, label=_LABEL)


def _expiring(standing: Standing | None) -> list[ExpiringShown] | None:
    if standing is None or not standing.expiring:
        return None
    return [ExpiringShown(points=n, expires_on=day) for day, n in standing.expiring[:3]]


def _balance(details: CustomerDetails | None, currency_code: str | None) -> MoneyShown | None:
    if details is None or details.balance is None or currency_code is None:
        return None
    amount = round_to_currency(details.balance.balance, currency_code)
    return _money(Money(minor_units(amount, currency_code), currency_code))


def _badges(details: CustomerDetails | None, standing: Standing | None) -> list[Badge]:
    of_tier = None if standing is None or standing.tier is None else standing.tier.badge
    badges = [] if of_tier is None else [Badge(text=of_tier)]
    return [*badges, *(() if details is None else details.badges)]

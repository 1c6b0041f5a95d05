"""What a sale earns: one exact ratio, rounded once."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from tillbridge.domain.programme.record import EarnRules
from tillbridge.domain.sale import LineKind, Sale, SaleLine

_HUNDRED_PERCENT = 100


def points_for(rules: EarnRules, sale: Sale, multiplier_percent: int = _HUNDRED_PERCENT) -> int:
    """The points of a sale, never negative: none for one that is voided, in a currency without a
    rate, or below the minimum."""
    rate = rules.rates.get(sale.currency)
    if rate is None or sale.is_voided:
        return 0
    amount = amount_that_counts(rules, sale)
    if amount < rate.minimum_minor:
        return 0
    points = amount * rate.points * multiplier_percent / (rate.per_minor * _HUNDRED_PERCENT)
    return _rounded(points, rules.rounding)


def amount_that_counts(rules: EarnRules, sale: Sale) -> Fraction:
    """Minor units, exact. What a gift card has paid is taken from every line alike, since nobody
    can say which of them it paid."""
    counting = counting_minor(rules, sale.lines)
    total = sum(line.amount_minor for line in sale.lines)
    if rules.on_gift_card_payments or not sale.gift_card_paid_minor or not total:
        return Fraction(counting)
    paid_otherwise = max(0, total - sale.gift_card_paid_minor)
    return Fraction(counting * paid_otherwise, total)


def counting_minor(rules: EarnRules, lines: Iterable[SaleLine]) -> int:
    """What of the lines' amounts earns points, however they were paid."""
    return sum(_amount(rules, line) for line in lines if _counts(rules, line))


def _counts(rules: EarnRules, line: SaleLine) -> bool:
    of_kind: Mapping[LineKind, bool] = {
        LineKind.GIFT_CARD: False,
        LineKind.SHIPPING: rules.on_shipping,
        LineKind.DEPOSIT: rules.on_deposits,
        LineKind.OTHER: False,
    }
    return (
        of_kind.get(line.kind, True)
        and not {line.product_id, line.variant_id} & set(rules.exclude_products)
        and line.category not in rules.exclude_categories
        and line.tags.isdisjoint(rules.exclude_tags)
    )


def _amount(rules: EarnRules, line: SaleLine) -> int:
    return line.amount_minor - (line.tax_minor if rules.tax == "excluded" else 0)


def _rounded(points: Fraction, rounding: Literal["down", "half_up", "up"]) -> int:
    match rounding:
        case "down":
            return points.numerator // points.denominator
        case "up":
            return -(-points.numerator // points.denominator)
        case "half_up":
            return (2 * points.numerator + points.denominator) // (2 * points.denominator)

"""What a sale earns, and the mistakes of others' programmes in it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import a_programme
from tests.support.sales import a_line, a_sale
from tillbridge.domain.programme import Programme, Tier
from tillbridge.domain.programme.earning import amount_that_counts
from tillbridge.domain.sale import LineKind, Sale, SaleLine

GOLD = Tier(code="gold", label="Gold", points=500, multiplier_percent=150)
A_POINT_PER_KRONE = {"DKK": {"points": 1, "per_minor": 100}}


def earning(**rules: Any) -> Programme:
    """A programme in which a krone earns a point."""
    return a_programme(earn={"rates": A_POINT_PER_KRONE, **rules})


def points(sale: Sale, of_tier: Tier | None = None, /, **rules: Any) -> int:
    return earning(**rules).points_for(sale, of_tier)


def test_a_sale_earns_by_the_currency_unit_and_not_by_its_hundredths() -> None:
    """Somebody's 20.00 earned 300 points at 15 for each 100: the rate met minor units."""
    assert points(a_sale(2_000)) == 20
    assert points(a_sale(2_000), rates={"DKK": {"points": 15, "per_minor": 10_000}}) == 3
    yen = a_sale(2_000, currency="JPY")
    assert points(yen, rates={"JPY": {"points": 1, "per_minor": 100}}) == 20


def test_a_sale_that_is_voided_earns_nothing() -> None:
    assert points(a_sale(2_000, is_voided=True)) == 0


def test_a_programme_without_earn_rules_gives_nothing_by_itself() -> None:
    assert a_programme().points_for(a_sale(2_000), GOLD) == 0


def test_a_currency_without_a_rate_earns_nothing() -> None:
    assert points(a_sale(2_000, currency="EUR")) == 0


def test_what_a_discount_or_a_reward_made_free_earns_nothing() -> None:
    assert points(a_sale(2_000, a_line(0, line_id="reward"))) == 20
    assert points(a_sale(a_line(0))) == 0


def test_a_gift_card_earns_when_it_is_spent_and_not_when_it_is_bought() -> None:
    bought = a_sale(a_line(50_000, kind=LineKind.GIFT_CARD))
    spent = a_sale(50_000, gift_card_paid_minor=50_000)

    assert (points(bought), points(spent)) == (0, 500)
    assert points(spent, on_gift_card_payments=False) == 0


def test_what_a_gift_card_has_paid_is_taken_from_every_line_alike() -> None:
    sale = a_sale(6_000, a_line(4_000, kind=LineKind.SHIPPING), gift_card_paid_minor=5_000)

    assert points(sale, on_gift_card_payments=False) == 30


def test_a_gift_card_that_paid_more_than_the_sale_takes_no_points_away() -> None:
    sale = a_sale(2_000, gift_card_paid_minor=5_000)
    rules = earning(on_gift_card_payments=False).rules.earn

    assert rules is not None
    assert amount_that_counts(rules, sale) == 0


@pytest.mark.parametrize(
    ("kind", "rule"), [(LineKind.SHIPPING, "on_shipping"), (LineKind.DEPOSIT, "on_deposits")]
)
def test_shipping_and_deposits_earn_where_the_programme_says_so(kind: LineKind, rule: str) -> None:
    sale = a_sale(2_000, a_line(500, kind=kind))

    switched_on: dict[str, Any] = {rule: True}

    assert points(sale) == 20
    assert points(sale, **switched_on) == 25


def test_tax_earns_unless_the_programme_excludes_it() -> None:
    sale = a_sale(a_line(2_500, tax_minor=500))

    assert (points(sale), points(sale, tax="excluded")) == (25, 20)


@pytest.mark.parametrize(
    ("rule", "excluded", "line"),
    [
        ("exclude_products", "p", {"product_id": "p"}),
        ("exclude_products", "v", {"variant_id": "v"}),
        ("exclude_categories", "tobacco", {"category": "tobacco"}),
        ("exclude_tags", "sale", {"tags": frozenset({"sale", "new"})}),
    ],
)
def test_what_is_excluded_earns_nothing(rule: str, excluded: str, line: dict[str, Any]) -> None:
    sale = a_sale(2_000, a_line(1_000, **line))
    excluding: dict[str, Any] = {rule: [excluded]}
    excluding_another: dict[str, Any] = {rule: ["another"]}

    assert points(sale, **excluding) == 20
    assert points(sale, **excluding_another) == 30


def test_below_the_minimum_a_sale_earns_nothing_and_at_it_everything() -> None:
    rates = {"DKK": {"points": 1, "per_minor": 100, "minimum_minor": 5_000}}

    assert points(a_sale(4_999), rates=rates) == 0
    assert points(a_sale(5_000), rates=rates) == 50
    # Only what counts is held against it.
    shipped = a_sale(4_000, a_line(1_000, kind=LineKind.SHIPPING))
    assert points(shipped, rates=rates) == 0


@pytest.mark.parametrize(("rounding", "earned"), [("down", 19), ("half_up", 20), ("up", 20)])
def test_points_are_rounded_once_as_the_programme_says(rounding: str, earned: int) -> None:
    assert points(a_sale(975, 975), rounding=rounding) == earned
    assert (
        points(a_sale(1_901), rounding=rounding) == {"down": 19, "half_up": 19, "up": 20}[rounding]
    )


def test_a_tier_multiplies_before_anything_is_rounded() -> None:
    assert points(a_sale(999), GOLD) == 14  # 14.985, not 1.5 times 9
    assert points(a_sale(2_000), GOLD) == 30


def split(line: SaleLine, random: Any) -> list[SaleLine]:
    first = random.randint(0, line.amount_minor)
    return [
        a_line(amount, line_id=f"{line.line_id}-{amount}", kind=line.kind, tags=line.tags)
        for amount in (first, line.amount_minor - first)
    ]


lines = st.builds(
    a_line,
    st.integers(0, 100_000),
    line_id=st.uuids().map(str),
    kind=st.sampled_from(LineKind),
    tags=st.frozensets(st.sampled_from(["new", "old"])),
)
some_rules = st.fixed_dictionaries(
    {
        "rates": st.fixed_dictionaries(
            {
                "DKK": st.fixed_dictionaries(
                    {
                        "points": st.integers(1, 50),
                        "per_minor": st.integers(1, 10_000),
                        "minimum_minor": st.integers(0, 20_000),
                    }
                )
            }
        ),
        "rounding": st.sampled_from(["down", "half_up", "up"]),
        "on_shipping": st.booleans(),
        "on_gift_card_payments": st.booleans(),
        "exclude_tags": st.lists(st.sampled_from(["new", "old"]), max_size=1),
    }
)
sales = st.builds(
    lambda lines, paid: a_sale(*lines, gift_card_paid_minor=paid),
    st.lists(lines, max_size=6),
    st.integers(0, 100_000),
)
tiers = st.none() | st.just(GOLD)


@given(sales, some_rules, tiers)
def test_points_are_never_negative(sale: Sale, rules: dict[str, Any], tier: Tier | None) -> None:
    assert points(sale, tier, **rules) >= 0


@given(sales, some_rules, tiers, st.randoms())
def test_splitting_a_line_changes_nothing(
    sale: Sale, rules: dict[str, Any], tier: Tier | None, random: Any
) -> None:
    halves = [half for line in sale.lines for half in split(line, random)]
    random.shuffle(halves)

    assert points(
        a_sale(*halves, gift_card_paid_minor=sale.gift_card_paid_minor), tier, **rules
    ) == (points(sale, tier, **rules))


@given(sales, some_rules, st.integers(1, 10_000))
def test_whoever_pays_more_earns_no_less(sale: Sale, rules: dict[str, Any], more: int) -> None:
    dearer = a_sale(
        *sale.lines,
        a_line(more, line_id="more", tags=frozenset(("neither",))),
        gift_card_paid_minor=sale.gift_card_paid_minor,
    )

    assert points(dearer, **rules) >= points(sale, **rules)


def test_a_weighed_line_earns_by_what_it_cost() -> None:
    assert points(a_sale(a_line(1_234, quantity=Decimal("0.275")))) == 12

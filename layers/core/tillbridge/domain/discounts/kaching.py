"""A merchant's campaigns as Ka-ching's till takes them for one customer: discount objects that it
works out by itself whenever the basket changes (docs/discounts.md).

Whether the customer may have a campaign is decided here. What of a campaign no object can say is
told, and then there is none: a till that works out something else would be worse than nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from tillbridge.domain.discounts import condition as written
from tillbridge.domain.discounts.benefit import NewUnitPrice, Percentage
from tillbridge.domain.discounts.campaign import Campaign, Caps, Combination
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.conditions import (
    Check,
    Situation,
    compile_condition,
    is_unknown,
    written_kinds,
)
from tillbridge.domain.discounts.customer_conditions import CUSTOMER_PREDICATES
from tillbridge.domain.discounts.selector import EVERY_LINE, Selector
from tillbridge.domain.discounts.units import fraction
from tillbridge.domain.money import major_units

Number = Annotated[Decimal, PlainSerializer(float, when_used="json")]


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    display_name: str
    priority: int


class PercentageOnTag(_Object):
    """So much off everything with a tag."""

    type: Literal["percentage_discount-tag"] = "percentage_discount-tag"
    tag: str
    percentage: Number = Field(description="0.42 is 42 %.")


class PercentageOnProduct(_Object):
    """So much off a product, from so many of it on."""

    type: Literal["percentage_discount-count_or_more-single_product"] = (
        "percentage_discount-count_or_more-single_product"
    )
    product_id: str
    percentage: Number = Field(description="0.42 is 42 %.")
    count: int


class NewPrice(_Object):
    """A product for another price."""

    type: Literal["new_price_discount-single_product"] = "new_price_discount-single_product"
    product_id: str
    new_price_per_item: Number = Field(description="In the market's currency, major units.")


class NewPriceFromCount(_Object):
    """A product for another price, from so many of it on."""

    type: Literal["new_price_discount-count_or_more-single_product"] = (
        "new_price_discount-count_or_more-single_product"
    )
    product_id: str
    new_price_per_item: Number = Field(description="In the market's currency, major units.")
    count: int


KachingDiscount: TypeAlias = PercentageOnTag | PercentageOnProduct | NewPrice | NewPriceFromCount


@dataclass(frozen=True, slots=True)
class Expression:
    """A campaign for Ka-ching: the objects that say it, and what of the customer decides whether it
    is for them; `obstacles` are the parts that no object can say, and then there are none.
    `caveats` are told though the objects are given."""

    campaign_id: str
    objects: tuple[KachingDiscount, ...] = ()
    is_for: Check | None = None
    obstacles: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """What a customer's till is given; `not_expressed` says what it is not, by campaign."""

    objects: tuple[KachingDiscount, ...]
    not_expressed: Mapping[str, tuple[str, ...]]


def offered(expressions: Iterable[Expression], at: Situation) -> Offered:
    """What the customer may have, in the order of the campaigns, whose basket is not known yet."""
    objects: list[KachingDiscount] = []
    not_expressed: dict[str, tuple[str, ...]] = {}
    for one in expressions:
        told = one.obstacles
        if not told:
            reasons = one.is_for(at) if one.is_for else None
            if reasons is None:
                objects += one.objects
                told = one.caveats
            elif is_unknown(reasons):
                told = tuple(str(reason[0]) for reason in reasons)
        if told:
            not_expressed[one.campaign_id] = told
    return Offered(tuple(objects), not_expressed)


def expressed(campaign: ReadyCampaign) -> Expression:
    """The campaign, which runs in its currency, for Ka-ching."""
    record, currency = campaign.record, campaign.currency
    of_customer, of_basket = _parts_of(record.condition)
    count = _count(of_basket, record.selector)
    obstacles = (*_unsaid(record), *_obstacles_of_goods(record, count))
    if count is None:
        obstacles += tuple(f"condition.{condition.kind}" for condition in of_basket)
    is_for = None
    if of_customer:
        is_for = compile_condition(written.All(kind="all", of=of_customer), currency)
    if obstacles:
        return Expression(campaign.id, is_for=is_for, obstacles=obstacles)
    objects = tuple(_objects(campaign, count))
    # Nobody says what the till makes of a line with two of the tags.
    caveats = ("tags_may_overlap",) if len(record.selector.tags) > 1 else ()
    return Expression(campaign.id, objects, is_for, caveats=caveats)


def _unsaid(record: Campaign) -> Iterator[str]:
    """Parts that no object has a place for."""
    if record.limits:
        yield "limits"
    if record.caps != Caps():
        yield "caps"
    if record.combination != Combination():
        yield "combination"
    if record.shops:
        yield "shops"


def _obstacles_of_goods(record: Campaign, count: int | None) -> Iterator[str]:
    """Where the objects cannot say which goods cost less, or by how much."""
    benefit, selector = record.benefit, record.selector
    if not isinstance(benefit, Percentage | NewUnitPrice):
        yield f"benefit.{benefit.kind}"
    named = {n for n in Selector.model_fields if getattr(selector, n) != getattr(EVERY_LINE, n)}
    sayable = {"products"} if isinstance(benefit, NewUnitPrice) or selector.products else {"tags"}
    yield from sorted(f"selector.{name}" for name in named - sayable - {"exclude_gift_cards"})
    if not named & sayable:
        yield "selector"
    if count not in (None, 1) and len(selector.products) != 1:
        yield "condition.selected_quantity"


def _parts_of(condition: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The conditions that must all hold: those of the customer, and those of the basket."""
    every = list(_conjuncts(condition))
    of_customer = [one for one in every if set(written_kinds(one)) <= CUSTOMER_PREDICATES.keys()]
    return tuple(of_customer), tuple(one for one in every if one not in of_customer)


def _conjuncts(condition: Any) -> Iterator[Any]:
    if isinstance(condition, written.All):
        for child in condition.of:
            yield from _conjuncts(child)
    elif condition is not None:
        yield condition


def _count(of_basket: tuple[Any, ...], selector: Selector) -> int | None:
    """From how many of the selected goods on the campaign applies: 1 where nothing asks for more;
    none where something asks for what an object cannot say."""
    if not of_basket:
        return 1
    match of_basket:
        case (written.SelectedQuantity(at_least=least, at_most=None) as one,) if least is not None:
            if one.selector == selector and least == int(least):
                return max(1, int(least))
    return None


def _objects(campaign: ReadyCampaign, count: int | None) -> Iterator[KachingDiscount]:
    record, benefit, least = campaign.record, campaign.record.benefit, count or 1
    selector = record.selector
    for value in selector.products or selector.tags:
        said: dict[str, Any] = {
            "id": _object_id(record.id, value),
            "name": record.name,
            "display_name": campaign.display_name,
            "priority": record.priority,
        }
        if isinstance(benefit, Percentage):
            said["percentage"] = fraction(benefit.basis_points)
            if selector.products:
                yield PercentageOnProduct(**said, product_id=value, count=least)
            else:
                yield PercentageOnTag(**said, tag=value)
        elif isinstance(benefit, NewUnitPrice):
            said["product_id"] = value
            price_minor = benefit.price[campaign.currency]
            said["new_price_per_item"] = major_units(price_minor, campaign.currency)
            yield NewPrice(**said) if least == 1 else NewPriceFromCount(**said, count=least)


def _object_id(campaign_id: str, value: str) -> str:
    """The same for as long as the campaign names the value; without the characters that Ka-ching
    takes in no id."""
    return f"{campaign_id}:{quote(value, safe='').replace('.', '%2E')}"

"""Returns: a sale's goods come back, and with them their share of what the sale was given.

The stored allocation decides, per line and quantity; nothing is decided anew on what is left. A
return takes its share of what a line still holds, and the last of a line takes all the rest, so
that all parts together are exactly the whole. What the till says it has refunded wins over what we
would compute; both are told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from tillbridge.domain.discounts.allocation import allocate, part_of
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket
from tillbridge.domain.discounts.conditions import Situation, compile_condition
from tillbridge.domain.discounts.fields import AmountMinor, Identifier, Part, Quantity
from tillbridge.domain.discounts.matching import IndexedBasket, micro
from tillbridge.domain.discounts.reasons import Reasons, shown
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.discounts.thresholds import goods_part

Policy = Literal["keep", "claw_back"]
_AT_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # goods alone are looked at


class KeptLine(Part):
    """What the customer holds of a line: so much of it, what was paid for that, and what each
    campaign took off it."""

    line_id: Identifier
    quantity: Quantity
    paid_minor: AmountMinor
    discounts: dict[Identifier, AmountMinor]


class ReturnedLine(Part):
    """So much of a line comes back. `refund_minor` is what the till has refunded for it, if it has
    said so."""

    line_id: Identifier
    quantity: Quantity
    refund_minor: AmountMinor | None = None


class Return(Part):
    """A return from a sale: its basket as it was sold, the campaigns that applied as they read
    then, and what is still kept of it: everything as it was sold, or the `kept` of the return
    before."""

    basket: Basket
    kept: tuple[KeptLine, ...]
    campaigns: tuple[Campaign, ...] = ()
    returned: Annotated[tuple[ReturnedLine, ...], Field(min_length=1)]
    policy: Policy = Field(
        default="keep",
        description="A discount whose threshold the kept goods no longer meet stays, or is taken "
        "off the refund, as far as that goes.",
    )

    @model_validator(mode="after")
    def _agrees(self) -> "Return":
        if len({campaign.id for campaign in self.campaigns}) < len(self.campaigns):
            raise ValueError("campaigns: every id must be there once only")
        if len({line.line_id for line in self.kept}) < len(self.kept):
            raise ValueError("kept: every line_id must be there once only")
        sold = {line.id: line.quantity for line in self.basket.lines}
        for at, line in enumerate(self.kept):
            if line.line_id not in sold:
                raise ValueError(f"kept.{at}.line_id: the basket has no such line")
            if line.quantity > sold[line.line_id]:
                raise ValueError(f"kept.{at}.quantity: more is kept than was sold")
        return self


class ReturnRefused(ValueError):
    """More comes back than is kept, or a campaign names no amounts in the sale's currency; the text
    says of which line and how much there is, or which campaign."""


@dataclass(frozen=True, slots=True)
class LineRefund:
    """`refund_minor` is what counts, `computed_minor` what we would refund; `discounts` what goes
    with it of each campaign's."""

    line_id: str
    refund_minor: int
    computed_minor: int
    discounts: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ReturnOutcome:
    """`refund_minor` is all that the customer gets. `no_longer_met` says, by campaign, which
    thresholds the kept goods are below; `clawed_back` what of its discount the refund was lessened
    by. `kept` is what the next return begins with."""

    refund_minor: int
    lines: tuple[LineRefund, ...]
    no_longer_met: dict[str, Reasons]
    clawed_back: dict[str, int]
    kept: tuple[KeptLine, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "refund_minor": self.refund_minor,
            "lines": [line.as_json() for line in self.lines],
            "no_longer_met": {c: shown(reasons) for c, reasons in self.no_longer_met.items()},
            "clawed_back": self.clawed_back,
            "kept": [line.model_dump(mode="json") for line in self.kept],
        }


def kept_of(basket: Basket, evaluation: Evaluation) -> tuple[KeptLine, ...]:
    """Everything, as it was sold: the allocation to store with the sale."""
    quantities = {line.id: line.quantity for line in basket.lines}
    return tuple(
        KeptLine(
            line_id=line.line_id,
            quantity=quantities[line.line_id],
            paid_minor=line.amount_minor - line.discount_minor,
            discounts=line.discounts,
        )
        for line in evaluation.lines
    )


def give_back(asked: Return) -> ReturnOutcome:
    """What the return gives back. Raises `ReturnRefused`."""
    kept = {line.line_id: line for line in asked.kept}
    refunds = [_refund(kept, line) for line in asked.returned]
    unmet = dict(_no_longer_met(asked, kept))
    available = sum(
        refund.refund_minor
        for refund, line in zip(refunds, asked.returned, strict=True)
        if line.refund_minor is None  # what the till has paid out is paid out
    )
    clawed_back: dict[str, int] = {}
    if asked.policy == "claw_back":
        for campaign_id in unmet:
            if taken := _claw_back(kept, campaign_id, available):
                available -= taken
                clawed_back[campaign_id] = taken
    return ReturnOutcome(
        refund_minor=sum(r.refund_minor for r in refunds) - sum(clawed_back.values()),
        lines=tuple(refunds),
        no_longer_met=unmet,
        clawed_back=clawed_back,
        kept=tuple(kept.values()),
    )


def _refund(kept: dict[str, KeptLine], returned: ReturnedLine) -> LineRefund:
    """The line's refund; what is left of the line stands in `kept` afterwards."""
    line = kept.pop(returned.line_id, None)
    if line is None or returned.quantity > line.quantity:
        there = line.quantity if line else 0
        raise ReturnRefused(
            f"returned: of line {returned.line_id} {returned.quantity} comes back, but only "
            f"{there} is kept"
        )
    back, whole = micro(returned.quantity), micro(line.quantity)
    computed = part_of(line.paid_minor, back, whole)
    discounts = {c: part_of(minor, back, whole) for c, minor in line.discounts.items()}
    refund = computed if returned.refund_minor is None else returned.refund_minor
    if back < whole:
        kept[line.line_id] = KeptLine(
            line_id=line.line_id,
            quantity=line.quantity - returned.quantity,
            paid_minor=max(0, line.paid_minor - refund),
            discounts={c: minor - discounts[c] for c, minor in line.discounts.items()},
        )
    return LineRefund(line.line_id, refund, computed, discounts)


def _no_longer_met(asked: Return, kept: Mapping[str, KeptLine]) -> Iterator[tuple[str, Reasons]]:
    """Of the campaigns that still give something on what is kept, those below a threshold."""
    situation = Situation(_basket_of(asked.basket, kept), None, frozenset(), _AT_ANY_TIME)
    for campaign in sorted(asked.campaigns, key=lambda campaign: campaign.id):
        condition = goods_part(campaign.condition)
        if condition is None or not any(line.discounts.get(campaign.id) for line in kept.values()):
            continue
        try:
            check = compile_condition(condition, asked.basket.currency)
        except KeyError as missing:
            raise ReturnRefused(
                f"campaigns: {campaign.id} names no amounts in {asked.basket.currency}, the "
                "currency of the sale it is said to have applied to"
            ) from missing
        if reasons := check(situation):
            yield campaign.id, reasons


def _basket_of(sold: Basket, kept: Mapping[str, KeptLine]) -> IndexedBasket:
    """The kept goods, at what they cost before discounts."""
    lines = tuple(
        line.model_copy(
            update={
                "quantity": kept[line.id].quantity,
                "amount_minor": kept[line.id].paid_minor + sum(kept[line.id].discounts.values()),
            }
        )
        for line in sold.lines
        if line.id in kept
    )
    return IndexedBasket(sold.model_copy(update={"lines": lines}))


def _claw_back(kept: dict[str, KeptLine], campaign_id: str, available: int) -> int:
    """Takes a campaign's discount off the kept lines, at most so much; they count as paid then."""
    lines = sorted((k for k in kept.values() if k.discounts.get(campaign_id)), key=_line_id)
    given = [line.discounts[campaign_id] for line in lines]
    total = min(sum(given), available)
    for line, minor in zip(lines, allocate(total, given), strict=True):
        left = {**line.discounts, campaign_id: line.discounts[campaign_id] - minor}
        kept[line.line_id] = line.model_copy(
            update={"paid_minor": line.paid_minor + minor, "discounts": left}
        )
    return total


def _line_id(line: KeptLine) -> str:
    return line.line_id

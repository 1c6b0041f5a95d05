"""Whether a programme or a reward may go live: its schema, and its own examples, run. This sale
must earn so many points, these points must make that tier, this customer must get so much off."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from tillbridge.domain.discounts.fields import exact
from tillbridge.domain.faults import Fault, faults_in, member_names
from tillbridge.domain.ledger.qualifying import Qualifying
from tillbridge.domain.programme.programme import Programme
from tillbridge.domain.programme.record import (
    EarningExample,
    ExampleSale,
    ProgrammeRecord,
    Tier,
    TierExample,
)
from tillbridge.domain.programme.reward_record import RewardExample, RewardRecord, Valid
from tillbridge.domain.programme.rewards import Award, Basket, Holder, Terms
from tillbridge.domain.sale import Sale, SaleLine

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def faults_in_programme(content: Mapping[str, Any]) -> list[Fault]:
    """Each reason why it must not go live; none when it may."""
    try:
        rules = ProgrammeRecord.model_validate(exact(content))
    except ValidationError as error:
        return faults_in(error, content, member_names(ProgrammeRecord))
    return [*_of_earning(rules), *_of_tiers(rules)]


def faults_in_reward(content: Mapping[str, Any]) -> list[Fault]:
    """As `faults_in_programme`."""
    try:
        reward = RewardRecord.model_validate(exact(content))
    except ValidationError as error:
        return faults_in(error, content, member_names(RewardRecord))
    return list(_of_reward(reward))


def _of_reward(reward: RewardRecord) -> Iterator[Fault]:
    for number, example in enumerate(reward.examples):
        expected, got = example.expect.model_dump(exclude_none=True), _awarded(reward, example)
        # What is not expected may be anything, but for a reason why not.
        for name in sorted({*expected, "reason"}):
            if expected.get(name) != got.get(name):
                message = f"{example.name}: expected {expected.get(name)}, got {got.get(name)}"
                yield Fault(f"examples.{number}.expect.{name}", message)


def _of_earning(rules: ProgrammeRecord) -> Iterator[Fault]:
    programme = _run(rules)
    for number, example in enumerate(rules.examples.earning):
        earned = programme.points_for(_sale(example.sale), _tier(rules, example))
        if earned != example.expect:
            message = f"{example.name}: expected {example.expect} points, got {earned}"
            yield Fault(f"examples.earning.{number}.expect", message)


def _of_tiers(rules: ProgrammeRecord) -> Iterator[Fault]:
    programme = _run(rules)
    for number, example in enumerate(rules.examples.tiers):
        reached = programme.tier_on(_earned(rules, example), example.on)
        code = None if reached is None else reached.code
        if code != example.expect:
            message = f"{example.name}: expected {_named(example.expect)}, got {_named(code)}"
            yield Fault(f"examples.tiers.{number}.expect", message)


def _awarded(reward: RewardRecord, example: RewardExample) -> dict[str, str | int | None]:
    given = example.given
    basket = Basket(given.currency, given.subtotal_minor)
    terms = Terms(reward, given.at or _while(reward.valid), basket)
    award = terms.award(Holder(given.available, given.tier), given.points)
    if isinstance(award, Award):
        return {"points": award.points, "amount_minor": award.amount_minor}
    return {"reason": award.code}


def _while(valid: Valid) -> datetime:
    """An instant at which it can be had."""
    if valid.begin is not None:
        return valid.begin
    return _ANY_TIME if valid.until is None else valid.until - timedelta(seconds=1)


def _run(rules: ProgrammeRecord) -> Programme:
    # Examples name days and no customers: neither zone nor key matters.
    return Programme(rules, time_zone="UTC", pseudonym_key="")


def _tier(rules: ProgrammeRecord, example: EarningExample) -> Tier | None:
    levels = () if rules.tiers is None else rules.tiers.levels
    return next((tier for tier in levels if tier.code == example.tier), None)


def _earned(rules: ProgrammeRecord, example: TierExample) -> dict[str, int]:
    """The points as the account holds them on the example's day."""
    earned: dict[str, int] = {}
    if rules.tiers is not None:
        for day, points in sorted(example.earned.items()):
            qualifying = Qualifying(points, day, rules.tiers.window)
            earned = qualifying.counted_in(earned, example.on)
    return earned


def _sale(example: ExampleSale) -> Sale:
    lines = (
        SaleLine(
            str(number),
            line.quantity,
            line.amount_minor,
            line.tax_minor,
            line.product_id,
            line.variant_id,
            line.category,
            frozenset(line.tags),
            line.kind,
        )
        for number, line in enumerate(example.lines)
    )
    return Sale(
        sale_ref="example",
        store_id="example",
        customer_id=None,
        currency=example.currency,
        at_s=0,
        lines=tuple(lines),
        gift_card_paid_minor=example.gift_card_paid_minor,
        is_voided=example.is_voided,
    )


def _named(code: str | None) -> str:
    return "no tier" if code is None else code

"""The records that discounts are made of: `CAMPAIGN#<id>`, with its own tests, and `DISCOUNTS`,
what holds for all campaigns of a merchant (docs/discounts.md)."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from tillbridge.domain.discounts.campaign import Campaign, Usage
from tillbridge.domain.discounts.case import Basket, Case, Customer, Rules, Settings
from tillbridge.domain.discounts.compiled import compile_campaigns
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.discounts.fields import AmountMinor, Identifier, Part, Whole, exact
from tillbridge.domain.discounts.live import HOLD_TTL_S
from tillbridge.domain.discounts.reasons import MEANINGS
from tillbridge.domain.faults import Fault, faults_in, member_names

MAX_EXAMPLES = 50
_CURRENCY = re.compile("[A-Z]{3}")


class Expected(Part):
    """What the campaign must give on an example's basket, alone."""

    discount_minor: AmountMinor = Field(description="In all; 0 where it does not apply.")
    lines: dict[Identifier, AmountMinor] | None = Field(
        default=None, description="By line id; a line that is not named gets nothing."
    )
    reasons: tuple[str, ...] | None = Field(
        default=None, description="The codes of why it does not apply."
    )

    @model_validator(mode="after")
    def _known_reasons(self) -> "Expected":
        if unknown := [code for code in self.reasons or () if code not in MEANINGS]:
            raise ValueError(f"there is no reason {unknown[0][:64]}")
        return self


class Example(Part):
    """A sale, and what must come of it: a campaign's test."""

    name: str = Field(min_length=1, max_length=256)
    as_of: AwareDatetime
    basket: Basket
    customer: Customer | None = None
    usage: Annotated[tuple[Usage, ...], Field(max_length=50)] = ()
    settings: Settings = Settings()
    expect: Expected


class CampaignRecord(Campaign):
    """A campaign as it is stored: with examples, which must hold before it goes live."""

    examples: Annotated[tuple[Example, ...], Field(max_length=MAX_EXAMPLES)] = ()


class DiscountsRecord(Rules):
    """What holds for all of a merchant's campaigns. Every member may be left out."""

    schema_version: Literal[1] = 1
    hold_ttl_s: Annotated[Whole, Field(ge=60, le=86_400)] = Field(
        default=HOLD_TTL_S,
        description="How long what is limited stays held for a sale that nobody finishes, in "
        "seconds.",
    )


def campaign_of(content: Mapping[str, Any]) -> Campaign:
    """The campaign that a record's content holds, without its examples. Raises
    `ValidationError`."""
    written = {name: member for name, member in content.items() if name != "examples"}
    return Campaign.model_validate(exact(written))


def faults_in_campaign(content: Mapping[str, Any]) -> list[Fault]:
    """Each reason why the campaign must not go live; none when it may."""
    try:
        record = CampaignRecord.model_validate(exact(content))
    except ValidationError as error:
        return faults_in(error, content, member_names(CampaignRecord))
    campaign = campaign_of(content)
    faults = list(_faults_of_currencies(campaign))
    for number, example in enumerate(record.examples):
        faults += _faults_of_example(campaign, example, f"examples.{number}")
    return faults


def _faults_of_currencies(campaign: Campaign) -> Iterator[Fault]:
    """A campaign that would run nowhere is a mistake that no till tells of."""
    for number, currency in enumerate(campaign.currencies):
        if not _runs_in(campaign, currency):
            message = f"The campaign names amounts, but not all of them in {currency}"
            yield Fault(f"currencies.{number}", message, hint=f"Add them in {currency}.")
    if not campaign.currencies and _currencies_in(campaign) and not currencies_of(campaign):
        message = "There is no currency in which all of the campaign's amounts are named"
        yield Fault("", message, hint="Name each amount in the same currencies.")


def currencies_of(campaign: Campaign) -> list[str]:
    """Those that the campaign names an amount in and that it runs in, in the order in which they
    are named."""
    return [named for named in _currencies_in(campaign) if _runs_in(campaign, named)]


def _runs_in(campaign: Campaign, currency: str) -> bool:
    (ready,) = compile_campaigns([campaign.model_copy(update={"enabled": True})], currency)
    return ready.never is None


def _currencies_in(campaign: Campaign) -> list[str]:
    """Each that an amount is named in, once."""
    return list(dict.fromkeys(_keys_of_amounts(campaign.model_dump())))


def _keys_of_amounts(node: Any) -> Iterator[str]:
    children = node.items() if isinstance(node, dict) else ()
    for name, child in children:
        if isinstance(child, int) and _CURRENCY.fullmatch(name):
            yield name
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list | tuple):
            yield from _keys_of_amounts(child)


def _faults_of_example(campaign: Campaign, example: Example, path: str) -> Iterator[Fault]:
    try:
        case = Case(
            basket=example.basket,
            customer=example.customer,
            campaigns=(campaign,),
            settings=example.settings,
            usage=example.usage,
            as_of=example.as_of,
        )
    except ValidationError as error:
        yield from (Fault(f"{path}.{fault.path}", fault.message) for fault in faults_in(error))
        return
    (outcome,) = evaluate(case).campaigns
    expect = example.expect
    gives: list[tuple[str, Any, Any]] = [
        ("discount_minor", expect.discount_minor, outcome.discount_minor)
    ]
    if expect.lines is not None:
        wanted = {line: minor for line, minor in expect.lines.items() if minor}
        gives.append(("lines", wanted, outcome.shares))
    if expect.reasons is not None:
        codes = [reason[0] for reason in outcome.reasons]
        gives.append(("reasons", sorted(expect.reasons), sorted(codes)))
    for member, wanted_value, got in gives:
        if wanted_value != got:
            message = f"{example.name}: expected {wanted_value}, got {got}"
            reason = next((reason["text"] for reason in outcome.as_json()["reasons"]), None)
            yield Fault(f"{path}.expect.{member}", message, hint=reason)

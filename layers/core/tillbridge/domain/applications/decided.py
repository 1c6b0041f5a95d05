"""What an application was decided to be: kept word for word, so that every replay says the same and
a return goes by what the sale was given, whatever has become of the campaigns."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tillbridge.domain.applications.offering import Offer
from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.discounts.receipt import receipt_of
from tillbridge.domain.discounts.result import CampaignOutcome, Evaluation
from tillbridge.domain.discounts.returns import KeptLine, kept_of
from tillbridge.domain.discounts.shopify import ShopifyCart, cart_changes
from tillbridge.domain.ledger.writes import Absent, Item, Key, Put


@dataclass(frozen=True, slots=True)
class Decided:
    """`answer` is the evaluation as JSON, with the campaigns that apply and those whose limits are
    reached; `basket`, `campaigns` (those that apply) and `kept` are what a return goes by. No
    customer is in any of them."""

    answer: Mapping[str, Any]
    basket: Basket
    campaigns: tuple[Campaign, ...]
    kept: tuple[KeptLine, ...]

    @classmethod
    def by(
        cls, offer: Offer, campaigns: Campaigns, limitations: Sequence[Mapping[str, Any]]
    ) -> "Decided":
        """An offer of these campaigns; `limitations` are what could not be looked at for it."""
        case, evaluation = offer.case, offer.evaluation
        exhausted = exhausted_of(evaluation)
        told = [c for c in evaluation.campaigns if c.applied or c.campaign_id in exhausted]
        names = {outcome.campaign_id for outcome in told}
        versions = {name: version for name, version in campaigns.versions.items() if name in names}
        applied = tuple(
            record for record in campaigns.records if record.id in names.difference(exhausted)
        )
        answer = {
            "receipt": {**receipt_of(case, campaigns.versions), "campaign_versions": versions},
            **evaluation.as_json(),
            "campaigns": [outcome.as_json() for outcome in told],
            "exhausted": exhausted,
            "limitations": list(limitations),
        }
        return cls(answer, case.basket, applied, kept_of(case.basket, evaluation))

    def in_cart(self, evaluation: Evaluation, cart: ShopifyCart) -> "Decided":
        """It, with the calls that bring it into a Shopify cart."""
        changes = cart_changes(self.basket, self.campaigns, evaluation, cart)
        told = {
            "pos_actions": [action.model_dump() for action in changes.pos_actions],
            "not_applied": [one.model_dump(exclude_none=True) for one in changes.not_applied],
        }
        return replace(self, answer={**self.answer, **told})

    @classmethod
    def of(cls, item: Item) -> "Decided":
        stored = unpacked(item["decided"])
        return cls(
            stored["answer"],
            Basket.model_validate(stored["basket"]),
            tuple(map(Campaign.model_validate, stored["campaigns"])),
            tuple(map(KeptLine.model_validate, stored["kept"])),
        )

    def stored(self, key: Key) -> Put:
        """The write of it."""
        stored = {
            "answer": self.answer,
            "basket": self.basket.model_dump(mode="json", exclude_defaults=True),
            "campaigns": [_record(campaign) for campaign in self.campaigns],
            "kept": [line.model_dump(mode="json") for line in self.kept],
        }
        return Put(key, {"decided": packed(stored)}, Absent())


def exhausted_of(evaluation: Evaluation) -> list[str]:
    """The campaigns that nothing but their limits keeps away."""
    return [outcome.campaign_id for outcome in evaluation.campaigns if _is_exhausted(outcome)]


def kept_item(kept: tuple[KeptLine, ...]) -> dict[str, Any]:
    """What is kept of a sale after a return, as it is stored."""
    return {"kept": packed([line.model_dump(mode="json") for line in kept])}


def kept_in(item: Item) -> tuple[KeptLine, ...]:
    """What an item says is kept."""
    return tuple(map(KeptLine.model_validate, unpacked(item["kept"])))


def _is_exhausted(outcome: CampaignOutcome) -> bool:
    return {reason[0] for reason in outcome.reasons} == {"limit_reached"}


def packed(value: Any) -> str:
    """JSON, smaller: a basket's lines are much alike, and an item has an end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode())).decode()


def unpacked(text: str) -> Any:
    """The JSON that was packed."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def _record(campaign: Campaign) -> dict[str, Any]:
    return campaign.model_dump(mode="json", by_alias=True, exclude_defaults=True)

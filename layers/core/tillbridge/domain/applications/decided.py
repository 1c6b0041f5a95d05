"""What an application was decided to be: kept word for word, so that every replay says the same and
a return goes by what the sale was given, whatever has become of the campaigns."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Basket, Case
from tillbridge.domain.discounts.receipt import receipt_of
from tillbridge.domain.discounts.result import CampaignOutcome, Evaluation
from tillbridge.domain.discounts.returns import KeptLine, kept_of
from tillbridge.domain.ledger.writes import Absent, Item, Key, Put


@dataclass(frozen=True, slots=True)
class Decided:
    """`answer` is the evaluation as JSON, of the campaigns that apply and those whose limits are
    reached; `basket`, `campaigns` (those that apply) and `kept` are what a return goes by. A
    customer is in none of them."""

    answer: Mapping[str, Any]
    basket: Basket
    campaigns: tuple[Campaign, ...]
    kept: tuple[KeptLine, ...]

    @classmethod
    def by(cls, case: Case, evaluation: Evaluation) -> "Decided":
        """What was decided of a case."""
        exhausted = exhausted_of(evaluation)
        told = [c for c in evaluation.campaigns if c.applied or c.campaign_id in exhausted]
        applied = {outcome.campaign_id for outcome in evaluation.campaigns if outcome.applied}
        answer = {
            "receipt": receipt_of(case),
            **evaluation.as_json(),
            "campaigns": [outcome.as_json() for outcome in told],
            "exhausted": exhausted,
        }
        campaigns = tuple(campaign for campaign in case.campaigns if campaign.id in applied)
        return cls(answer, case.basket, campaigns, kept_of(case.basket, evaluation))

    @classmethod
    def of(cls, item: Item) -> "Decided":
        stored = _unpacked(item["decided"])
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
        return Put(key, {"decided": _packed(stored)}, Absent())


def exhausted_of(evaluation: Evaluation) -> list[str]:
    """The campaigns that nothing but their limits keeps away."""
    return [outcome.campaign_id for outcome in evaluation.campaigns if _is_exhausted(outcome)]


def kept_item(kept: tuple[KeptLine, ...]) -> dict[str, Any]:
    """What is kept of a sale after a return, as it is stored."""
    return {"kept": _packed([line.model_dump(mode="json") for line in kept])}


def kept_in(item: Item) -> tuple[KeptLine, ...]:
    """What an item says is kept."""
    return tuple(map(KeptLine.model_validate, _unpacked(item["kept"])))


def _is_exhausted(outcome: CampaignOutcome) -> bool:
    return {reason[0] for reason in outcome.reasons} == {"limit_reached"}


def _packed(value: Any) -> str:
    """JSON, smaller: a basket's lines are much alike, and an item has an end."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def _record(campaign: Campaign) -> dict[str, Any]:
    return campaign.model_dump(mode="json", by_alias=True, exclude_defaults=True)

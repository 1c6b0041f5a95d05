"""The receipt of a decision: what it was made of, so that it can be made again."""

from collections.abc import Iterable, Mapping
from typing import Any

from tillbridge.domain.discounts.campaign import Campaign
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import evaluate
from tillbridge.domain.record_content import content_hash

# Another version may decide otherwise on the same case.
ENGINE_VERSION = "1"


def receipt_of(case: Case, versions: Mapping[str, str]) -> dict[str, Any]:
    """`decision_id` names the case and the engine: two decisions with the same id are the same.
    `versions` are those of all campaigns that were considered, in the order of their ids."""
    asked = case.model_dump(mode="json", by_alias=True, exclude={"campaigns"})
    decided = {"engine_version": ENGINE_VERSION, "case": asked, "campaigns": versions}
    return {
        "decision_id": content_hash(decided),
        "engine_version": ENGINE_VERSION,
        "as_of": asked["as_of"],
        "prices_include_tax": case.basket.prices_include_tax,
        "strategy": case.settings.strategy,
        "campaign_versions": dict(versions),
    }


def version_of(campaign: Campaign) -> str:
    """The hash of what the record says; what is left out and what says the default are the same."""
    return content_hash(campaign.model_dump(mode="json", by_alias=True, exclude_defaults=True))


def versions_of(campaigns: Iterable[Campaign]) -> dict[str, str]:
    """What each campaign's record says, as a hash, in the order of their ids."""
    ordered = sorted(campaigns, key=lambda campaign: campaign.id)
    return {campaign.id: version_of(campaign) for campaign in ordered}


def answer(case: Case) -> dict[str, Any]:
    """The evaluation with its receipt, as plain JSON."""
    return {"receipt": receipt_of(case, versions_of(case.campaigns)), **evaluate(case).as_json()}

"""What the engine answers: what each line and each campaign gives, why, and with what receipt.

Everything is exact and in minor units. `as_json` is the answer as plain JSON; the sentences are
made only then.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from tillbridge.domain.discounts.reasons import Reasons, changes_of, shown


class CampaignOutcome(NamedTuple):
    """One campaign: `shares` are what it takes off each line (by line id, none of them 0), or
    `reasons` say why it does not apply."""

    campaign_id: str
    display_name: str
    shares: dict[str, int]
    reasons: Reasons = ()

    @property
    def applied(self) -> bool:
        return bool(self.shares)

    @property
    def discount_minor(self) -> int:
        return sum(self.shares.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "campaign_id": self.campaign_id,
            "display_name": self.display_name,
            "applied": self.applied,
            "discount_minor": self.discount_minor,
            "reasons": shown(self.reasons),
            "smallest_change": changes_of(self.reasons),
        }


class LineOutcome(NamedTuple):
    """One line that is sold: what it costs before and what comes off it, per campaign."""

    line_id: str
    amount_minor: int
    discounts: dict[str, int]

    @property
    def discount_minor(self) -> int:
        return sum(self.discounts.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "line_id": self.line_id,
            "amount_minor": self.amount_minor,
            "discount_minor": self.discount_minor,
            "net_minor": self.amount_minor - self.discount_minor,
            "discounts": [
                {"campaign_id": campaign_id, "discount_minor": minor}
                for campaign_id, minor in self.discounts.items()
            ],
        }


@dataclass(frozen=True, slots=True)
class Consumption:
    """What an applied campaign uses up of one of its limits. `period_key` names the counter: empty
    for ever, otherwise `2026-11-25`, `2026-W48`, `2026-11` or `2026`."""

    campaign_id: str
    scope: str
    period: str
    period_key: str
    uses: int
    spend_minor: int

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Lines in the order of their ids; campaigns in the order in which they are considered.
    `optimal`: no other combination of campaigns gives more. It is false where the search for one
    ended early, and for the strategy `priority`, which does not search."""

    currency: str
    subtotal_minor: int
    lines: tuple[LineOutcome, ...]
    campaigns: tuple[CampaignOutcome, ...]
    consumes: tuple[Consumption, ...]
    optimal: bool

    @property
    def discount_minor(self) -> int:
        return sum(campaign.discount_minor for campaign in self.campaigns)

    @property
    def total_minor(self) -> int:
        return self.subtotal_minor - self.discount_minor

    def as_json(self) -> dict[str, Any]:
        return {
            "currency": self.currency,
            "subtotal_minor": self.subtotal_minor,
            "discount_minor": self.discount_minor,
            "total_minor": self.total_minor,
            "optimal": self.optimal,
            "lines": [line.as_json() for line in self.lines],
            "campaigns": [campaign.as_json() for campaign in self.campaigns],
            "consumes": [used.as_json() for used in self.consumes],
        }

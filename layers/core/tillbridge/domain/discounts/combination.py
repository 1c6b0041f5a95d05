"""Which campaigns stand together, and what they give together."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from tillbridge.domain.discounts.allocation import Remainder
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.matching import IndexedBasket, Mask
from tillbridge.domain.discounts.offers import Counter, Offer
from tillbridge.domain.discounts.reasons import Reason
from tillbridge.domain.discounts.usage import UsageBook

Applied: TypeAlias = tuple[ReadyCampaign, Offer]


class Candidate(NamedTuple):
    """A campaign that is for this sale, and its own lines."""

    campaign: ReadyCampaign
    mask: Mask


@dataclass(slots=True)
class Standing:
    """The basket after some campaigns: what each line costs by now, which lines are closed to all
    others and which are used, whose groups are taken (by which campaign), and what was applied."""

    basket: IndexedBasket
    remainder: Remainder
    book: UsageBook
    running: list[int]
    discount_minor: int = 0
    closed: Mask = 0
    used: Mask = 0
    groups: dict[str, str] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)

    def copy(self) -> "Standing":
        return replace(
            self,
            running=self.running.copy(),
            groups=self.groups.copy(),
            applied=self.applied.copy(),
        )

    def offer(self, candidate: Candidate) -> Offer | Reason:
        """What this campaign gives beside those that were applied, or why nothing."""
        campaign, mask = candidate
        if self.applied and (reason := self._kept_out(campaign)):
            return reason
        closed = self.closed | self.used if campaign.exclusive_lines else self.closed
        if closed & mask:
            mask &= ~closed
            if not mask and campaign.unmatched is not None:  # else it needs no line of its own
                return ("lines_taken", self._takers(candidate.mask))
        cap = campaign.cap(self.book)
        at = Counter(self.basket, self.running, closed, self.remainder, campaign.floor, cap)
        return campaign.offer(at, mask)

    def _kept_out(self, campaign: ReadyCampaign) -> Reason | None:
        first = self.applied[0][0]
        if first.exclusive:
            return ("blocked_by_exclusive", first.id)
        if campaign.exclusive:
            return ("not_alone", first.id)
        if campaign.group in self.groups:
            return ("group_taken", campaign.group, self.groups[campaign.group])
        return None

    def _takers(self, mask: Mask) -> tuple[str, ...]:
        return tuple(campaign.id for campaign, offer in self.applied if offer.used & mask)

    def apply(self, campaign: ReadyCampaign, offer: Offer) -> None:
        """The basket once this campaign has applied as well."""
        running = self.running
        for number, share in offer.shares.items():
            running[number] -= share
            self.discount_minor += share
        self.used |= offer.used
        if campaign.exclusive_lines:
            self.closed |= offer.used
        if campaign.group is not None:
            self.groups[campaign.group] = campaign.id
        self.applied.append((campaign, offer))

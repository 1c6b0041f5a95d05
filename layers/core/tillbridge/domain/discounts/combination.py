"""Which campaigns stand together, and what they give together."""

from dataclasses import dataclass, field
from typing import TypeAlias

from tillbridge.domain.discounts.allocation import Remainder
from tillbridge.domain.discounts.compiled import ReadyCampaign
from tillbridge.domain.discounts.matching import IndexedBasket, Mask
from tillbridge.domain.discounts.offers import Counter, Offer
from tillbridge.domain.discounts.reasons import Reason
from tillbridge.domain.discounts.usage import UsageBook

Applied: TypeAlias = tuple[ReadyCampaign, Offer]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A campaign that is for this sale, and its own lines."""

    campaign: ReadyCampaign
    mask: Mask


@dataclass(slots=True)
class Standing:
    """The basket after some campaigns: what each line costs by now, which lines are closed to all
    others and which are used, whose groups are taken, who stands alone."""

    basket: IndexedBasket
    remainder: Remainder
    book: UsageBook
    running: list[int]
    discount_minor: int = 0
    closed: Mask = 0
    used: Mask = 0
    groups: dict[str, str] = field(default_factory=dict)
    applied: tuple[Applied, ...] = ()

    def after(self, candidate: Candidate) -> "Standing | Reason":
        """The basket once this campaign has applied as well, or why it does not."""
        campaign, combination = candidate.campaign, candidate.campaign.record.combination
        if reason := self._kept_out(campaign):
            return reason
        closed = self.closed | self.used if combination.exclusive_lines else self.closed
        mask = candidate.mask & ~closed
        if not mask and candidate.mask:
            return ("lines_taken", self._takers(candidate.mask))
        counter = Counter(self.basket, self.running, closed, self.remainder)
        offer = campaign.offer(counter, mask, self.book)
        if not isinstance(offer, Offer):
            return offer
        return self._with(campaign, offer)

    def _kept_out(self, campaign: ReadyCampaign) -> Reason | None:
        combination = campaign.record.combination
        if self.applied:
            first = self.applied[0][0]
            if first.record.combination.exclusive:
                return ("blocked_by_exclusive", first.id)
            if combination.exclusive:
                return ("not_alone", first.id)
        taken_by = self.groups.get(combination.group or "")
        return ("group_taken", combination.group, taken_by) if taken_by else None

    def _takers(self, mask: Mask) -> tuple[str, ...]:
        return tuple(campaign.id for campaign, offer in self.applied if offer.used & mask)

    def _with(self, campaign: ReadyCampaign, offer: Offer) -> "Standing":
        combination = campaign.record.combination
        running = self.running.copy()
        for number, share in offer.shares.items():
            running[number] -= share
        group = {combination.group: campaign.id} if combination.group else {}
        return Standing(
            basket=self.basket,
            remainder=self.remainder,
            book=self.book,
            running=running,
            discount_minor=self.discount_minor + sum(offer.shares.values()),
            closed=self.closed | (offer.used if combination.exclusive_lines else 0),
            used=self.used | offer.used,
            groups=self.groups | group,
            applied=(*self.applied, (campaign, offer)),
        )

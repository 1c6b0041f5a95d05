"""What campaigns give a sale, by what there is left of their limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from tillbridge.domain.applications.counter import Counter, Counts
from tillbridge.domain.applications.take import Takes
from tillbridge.domain.discounts.case import Case
from tillbridge.domain.discounts.engine import decide
from tillbridge.domain.discounts.live import Campaigns
from tillbridge.domain.discounts.result import Evaluation
from tillbridge.domain.ledger.decision import Need, Seen, Settled, Step


@dataclass(frozen=True, slots=True)
class Offer:
    """What a sale is given, and what it takes of limits for that. `case` is what decided, without
    its campaigns."""

    case: Case
    evaluation: Evaluation
    takes: Takes


@dataclass(frozen=True, slots=True)
class Offering:
    """`case` is the sale without usage and without its campaigns: they are `campaigns`; `counters`
    are those of them that are limited."""

    case: Case
    campaigns: Campaigns
    counters: Sequence[Counter]

    def of(self, own: Takes, seen: Seen) -> Offer | Need:
        """The offer, for a sale that holds `own` already."""
        currency = self.case.basket.currency
        counts = Counts(self.counters, currency, own, seen)
        case = self.case.model_copy(update={"usage": counts.usage()})
        evaluation = decide(case, self.campaigns.ready(currency))
        takes = counts.take(evaluation.consumes)
        return takes if isinstance(takes, Need) else Offer(case, evaluation, takes)

    def __call__(self, seen: Seen) -> Step[Offer]:
        """What it would be, when nobody holds it: a decision that changes nothing."""
        offer = self.of((), seen)
        return offer if isinstance(offer, Need) else Settled(offer)

"""What a reward costs whoever asks for it, decided on the account as it is."""

from dataclasses import dataclass
from datetime import datetime

from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.hold import Price
from tillbridge.domain.programme.programme import Programme
from tillbridge.domain.programme.reasons import Reason
from tillbridge.domain.programme.reward_record import RewardRecord
from tillbridge.domain.programme.rewards import Basket, Terms
from tillbridge.domain.programme.standing import Standing
from tillbridge.errors import InsufficientPoints, RewardNotAvailable


@dataclass(frozen=True, slots=True)
class RewardPricing:
    """`reward` is None where there is no such one, `points` what the customer has chosen, where the
    reward leaves the choice."""

    programme: Programme
    reward: RewardRecord | None
    at: datetime
    basket: Basket
    points: int | None = None

    def __call__(self, account: Account) -> Price:
        if self.reward is None or not self.reward.enabled:
            return self._refused(Reason("unknown_reward"))
        at = self.programme.local(self.at.timestamp())
        standing = Standing.of(self.programme, account, at.date())
        terms = Terms(self.reward, at, self.basket, self.programme.rules.points_label)
        award = terms.award(standing.holder, self.points)
        if isinstance(award, Reason):
            return self._refused(award)
        return Price(award.points, award.as_json())

    def _refused(self, reason: Reason) -> Price:
        """One that costs too much is refused as points alone would be."""
        if reason.code == InsufficientPoints.code:
            facts = dict(reason.facts)
            refusal = {"code": InsufficientPoints.code, "available": facts["available"]}
            return Price(int(facts["points"]), refusal=refusal)
        refusal = {"code": RewardNotAvailable.code, "reason": reason.code, **reason.facts}
        return Price(self.points or 0, refusal=refusal)

"""What a customer is and has in a programme, from one read of the account."""

from dataclasses import dataclass
from datetime import date

from tillbridge.domain.ledger.account import NEVER, Account
from tillbridge.domain.ledger.qualifying import counted
from tillbridge.domain.programme.programme import Programme
from tillbridge.domain.programme.record import Tier
from tillbridge.domain.programme.rewards import Holder


@dataclass(frozen=True, slots=True)
class Standing:
    """`account` is as it is today, None before its first entry; then there is no tier either, and
    `earned` is None where the programme has no tiers: what is not there is not 0."""

    programme: Programme
    account: Account | None
    tier: Tier | None = None
    next_tier: Tier | None = None
    earned: int | None = None

    @classmethod
    def of(cls, programme: Programme, account: Account | None, today: date) -> "Standing":
        tiers = programme.rules.tiers
        if account is None or tiers is None:
            return cls(programme, account)
        earned = counted(account.earned, tiers.window, today)
        above = next((tier for tier in tiers.levels if tier.points > earned), None)
        return cls(programme, account, programme.tier_on(account.earned, today), above, earned)

    @property
    def points_to_next_tier(self) -> int | None:
        """What is still to be earned, None where there is no higher tier."""
        if self.next_tier is None or self.earned is None:
            return None
        return self.next_tier.points - self.earned

    @property
    def expiring(self) -> tuple[tuple[str, int], ...]:
        """Available points by the last day on which they are good, the first to go first."""
        lots = {} if self.account is None else self.account.lots
        return tuple((day, points) for day, points in sorted(lots.items()) if day != NEVER)

    @property
    def holder(self) -> Holder:
        """The customer as a reward sees them."""
        available = 0 if self.account is None else self.account.available
        return Holder(available, None if self.tier is None else self.tier.code)

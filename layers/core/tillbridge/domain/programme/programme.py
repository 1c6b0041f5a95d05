"""A programme as it is run: the merchant's rules, days and key."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tillbridge.domain.ledger.account import NEVER, Account
from tillbridge.domain.ledger.qualifying import Earned, Qualifying, counted
from tillbridge.domain.point_value import PointValue
from tillbridge.domain.programme import earning
from tillbridge.domain.programme.record import ProgrammeRecord, Tier
from tillbridge.domain.sale import Sale, SaleLine
from tillbridge.errors import CurrencyMismatch, InvalidRequest


@dataclass(frozen=True, slots=True)
class Programme:
    """The record, with what the profile adds to it: the merchant's days and currency, and the key
    under which customers have their pseudonyms."""

    rules: ProgrammeRecord
    time_zone: str
    pseudonym_key: str
    currency: str | None = None

    def value_in(self, currency_code: str | None) -> tuple[str, PointValue]:
        """What points are worth in the currency, the merchant's own where none is named; with it.
        Raises `CurrencyMismatch`, and `InvalidRequest` where none can be meant."""
        code = currency_code or self.currency
        if code is None:
            raise InvalidRequest(
                "currency_code: give one, the profile has none", field="currency_code"
            )
        if code not in self.rules.point_values:
            raise CurrencyMismatch(f"the programme has no point value in {code}", currency=code)
        return code, self.rules.point_values[code]

    def day_of(self, at_s: float) -> date:
        """The merchant's day of an instant in Unix seconds."""
        return datetime.fromtimestamp(at_s, ZoneInfo(self.time_zone)).date()

    def expiry_from(self, day: date) -> str:
        """The last day on which points earned that day are good, or `never`."""
        if self.rules.points_good_for_days is None:
            return NEVER
        last = day + timedelta(days=self.rules.points_good_for_days)
        match self.rules.points_good_to_end_of:
            case "month":
                last = last.replace(day=monthrange(last.year, last.month)[1])
            case "year":
                last = last.replace(month=12, day=31)
        return last.isoformat()

    def points_for(self, sale: Sale, tier: Tier | None) -> int:
        """What the sale earns a customer of that tier; never negative."""
        if self.rules.earn is None:
            return 0
        if tier is None:
            return earning.points_for(self.rules.earn, sale)
        return earning.points_for(self.rules.earn, sale, tier.multiplier_percent)

    def worth_minor(self, currency: str, line: SaleLine) -> int:
        """What of the line's amount earns points in that currency, however it was paid: by that
        goes what its return takes back."""
        rules = self.rules.earn
        if rules is None or currency not in rules.rates:
            return 0
        return earning.counting_minor(rules, (line,))

    def qualifying(self, points: int, day: date) -> Qualifying | None:
        """Points that count towards a tier from that day on; none where there are no tiers."""
        tiers = self.rules.tiers
        return None if tiers is None else Qualifying(points, day, tiers.window)

    def tier_on(self, earned: Earned, day: date) -> Tier | None:
        """The tier at the end of that day of who has earned so much, None for none."""
        if self.rules.tiers is None:
            return None
        points = counted(earned, self.rules.tiers.window, day)
        reached = [tier for tier in self.rules.tiers.levels if tier.points <= points]
        return reached[-1] if reached else None

    def tier_for(self, account: Account | None, sale: Sale) -> Tier | None:
        """The tier that the sale's day began with: whatever order the sales of a day come in, each
        earns the same."""
        earned = {} if account is None else account.earned
        return self.tier_on(earned, self.day_of(sale.at_s) - timedelta(days=1))

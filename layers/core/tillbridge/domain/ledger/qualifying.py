"""Points that count towards a tier, by the merchant's day of the sale that earned them.

They stand in the account's item, so that a tier is known from one read. Days of longer ago are put
together as months, and what no window reaches any more is dropped: the item stays small. Whatever
order sales come in, the same ones end as the same numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

# Points by day ("2026-11-25"), or by month ("2026-11") where that is longer ago.
Earned = Mapping[str, int]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """How far back points count: so many days, or the month it is and so many months before it, so
    that they count for at least so long. One of the two is given."""

    months: int | None = None
    days: int | None = None

    def first_day(self, on: date) -> date:
        """The first day that counts on that day."""
        if self.days is not None:
            return on - timedelta(days=self.days - 1)
        return _month_before(on, self.months or 0)

    def keeps_days_from(self, today: date) -> date:
        """From when on single days are kept: a sale that comes a month late finds the tier that its
        day began with."""
        return _month_before(today if self.days is None else self.first_day(today), 1)

    def keeps_from(self, today: date) -> date:
        """From when on anything is kept, for a late sale as well."""
        return _month_before(self.first_day(today), 1)


@dataclass(frozen=True, slots=True)
class Qualifying:
    """So many points of a sale count, from its day on."""

    points: int
    day: date
    window: Window

    def counted_in(self, earned: Earned, today: date) -> dict[str, int]:
        """What has been earned, with these, and with what is past put together or dropped."""
        months_until, oldest = self.window.keeps_days_from(today), self.window.keeps_from(today)
        kept: dict[str, int] = {}
        for place, points in (*earned.items(), (self.day.isoformat(), self.points)):
            day = _last_day(place)
            if day >= oldest:
                place = place if day >= months_until else _month_of(place)
                kept[place] = kept.get(place, 0) + points
        return {place: points for place, points in sorted(kept.items()) if points}


def counted(earned: Earned, window: Window, on: date) -> int:
    """How many points count at the end of that day. A month counts once it is over."""
    first_day = window.first_day(on)
    return sum(points for place, points in earned.items() if first_day <= _last_day(place) <= on)


def uncounted(earned: Earned, day: str, points: int) -> dict[str, int]:
    """What leaves when a sale of that day is returned: from where its points stand now, and none
    where they no longer do."""
    place = day if day in earned else _month_of(day)
    return {place: -min(points, earned.get(place, 0))}


def _month_of(place: str) -> str:
    return place[:7]


def _last_day(place: str) -> date:
    if place != _month_of(place):
        return date.fromisoformat(place)
    return _month_before(date.fromisoformat(f"{place}-01"), -1) - _DAY


def _month_before(day: date, months: int) -> date:
    """The first day of the month so many months before; of one after it, where that is negative."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)

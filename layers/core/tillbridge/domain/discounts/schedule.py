"""When a campaign runs, and which calendar period an instant lies in."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from tillbridge.domain.discounts.campaign import ActiveWindow, Hours, Period
from tillbridge.domain.discounts.reasons import Reason

Runs: TypeAlias = Callable[[datetime], Reason | None]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def compile_window(window: ActiveWindow) -> Runs | None:
    """What judges an instant, given on the clock of the merchant; none where it always runs."""
    begin, until, hours = window.begin, window.until, window.hours
    if begin is None and until is None and not hours:
        return None
    zone = ZoneInfo(window.time_zone) if window.time_zone else None

    def judge(now: datetime) -> Reason | None:
        if begin is not None and now < begin:
            return ("not_started", begin.isoformat())
        if until is not None and now >= until:
            return ("ended", until.isoformat())
        local = now.astimezone(zone) if zone else now
        if hours and not any(_within(one, local) for one in hours):
            return ("outside_hours",)
        return None

    return judge


def _within(hours: Hours, now: datetime) -> bool:
    clock = now.time()
    today, yesterday = _WEEKDAYS[now.weekday()], _WEEKDAYS[(now - timedelta(days=1)).weekday()]
    if hours.begin < hours.until:
        return today in hours.weekdays and hours.begin <= clock < hours.until
    return (today in hours.weekdays and clock >= hours.begin) or (
        yesterday in hours.weekdays and clock < hours.until
    )


def period_key(period: Period, now: datetime) -> str:
    """The name of the calendar period (ISO weeks), in the merchant's time zone."""
    if period == "ever":
        return ""
    if period == "week":
        year, week, _ = now.isocalendar()
        return f"{year}-W{week:02}"
    return now.date().isoformat()[: {"day": 10, "month": 7, "year": 4}[period]]

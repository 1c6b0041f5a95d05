"""Who changes the ledger, and when: a till's request or our own sweeper."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tillbridge.domain.caller import Caller

# Ours, when no till asked.
SWEEPER = "tillbridge/sweeper"


@dataclass(frozen=True, slots=True)
class Actor:
    """`principal` is the tenant's integration, `staff_id` what the till says of the person: a
    claim, written down and never trusted. `now_s` is Unix seconds."""

    tenant_id: str
    principal: str
    now_s: float
    time_zone: str = "UTC"
    staff_id: str | None = None

    @classmethod
    def of(cls, caller: Caller, time_zone: str, now_s: float, staff_id: str | None) -> "Actor":
        return cls(caller.tenant_id, caller.principal, now_s, time_zone, staff_id)

    @property
    def at(self) -> str:
        """The instant as the table has it: sortable, to the millisecond."""
        return instant(self.now_s)

    @property
    def today(self) -> date:
        """The merchant's day."""
        return datetime.fromtimestamp(self.now_s, ZoneInfo(self.time_zone)).date()

    @property
    def facts(self) -> dict[str, str]:
        """What an entry says of who did it."""
        staff = {} if self.staff_id is None else {"staff_id": self.staff_id}
        return {"actor": self.principal, **staff}


def instant(at_s: float) -> str:
    """`2026-11-25T19:49:08.123Z`."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"

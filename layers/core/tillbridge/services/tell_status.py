"""A customer's standing in the few words that a till's list of customers has room for."""

from dataclasses import dataclass

from tillbridge.domain.caller import Caller
from tillbridge.domain.customer_status import status_line, status_of
from tillbridge.services.ports import ReadStanding


@dataclass(frozen=True, slots=True)
class TellStatus:
    read_standing: ReadStanding

    def __call__(self, caller: Caller, customer_id: str) -> str | None:
        """`Gold · 1,240 points`; None for who collects none. Raises as `ReadStanding`."""
        standing = self.read_standing(caller, customer_id)
        return status_line(status_of(None, standing, None))

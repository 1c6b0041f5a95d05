"""The rewards that a customer is offered."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tillbridge.domain.programme import Standing
from tillbridge.domain.programme.rewards import Basket, Offer, offers
from tillbridge.services.ports import ReadRewards


@dataclass(frozen=True, slots=True)
class OfferRewards:
    read_rewards: ReadRewards
    now_s: Callable[[], float] = time.time

    def __call__(self, tenant_id: str, standing: Standing, basket: Basket) -> tuple[Offer, ...]:
        """All of the merchant's, each with whether and why not; none to who is not enrolled.
        Raises `RecordsUnavailable`."""
        if standing.account is None:
            return ()
        programme = standing.programme
        return offers(
            self.read_rewards(tenant_id),
            standing.holder,
            datetime.fromtimestamp(self.now_s(), UTC),
            replace(basket, currency=basket.currency or programme.currency),
            programme.rules.points_label,
        )

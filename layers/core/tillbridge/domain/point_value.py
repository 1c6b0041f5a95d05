"""What points are worth in a currency."""

from pydantic import BaseModel, ConfigDict, Field

from tillbridge.domain.discounts.fields import Whole

_MOST = 1_000_000_000


class PointValue(BaseModel):
    """So many points are worth so many minor units: `{"points": 100, "amount_minor": 500}` is 5.00
    for 100 points.

    Both ways are rounded for the merchant, by less than a point or a minor unit: no amount is paid
    with fewer points than it is worth, and whatever `worth_minor` says of some points, they are
    enough to pay it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    points: Whole = Field(ge=1, le=_MOST)
    amount_minor: Whole = Field(ge=1, le=_MOST, description="In minor units: 500 is 5.00 DKK.")

    def worth_minor(self, points: int) -> int:
        """The most that these points pay."""
        return points * self.amount_minor // self.points

    def points_for(self, amount_minor: int) -> int:
        """The fewest points that pay the amount."""
        return -(-amount_minor * self.points // self.amount_minor)

"""What a reward costs and gives in a sale, and whether a customer can have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tillbridge.domain.discounts.allocation import ratio_half_up
from tillbridge.domain.money import major_units, money_text
from tillbridge.domain.programme.reasons import Reason
from tillbridge.domain.programme.reward_record import (
    AmountOff,
    Choice,
    FreeProduct,
    PercentOff,
    RewardRecord,
)

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Holder:
    """Who would have a reward: the points that can be spent, and the tier's code, None for none."""

    available: int
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """What a till says of the sale, None where it does not."""

    currency: str | None = None
    subtotal_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """A reward in a sale: what it costs, and what it gives: money off, or a product."""

    reward_id: str
    label: str
    kind: str
    points: int
    amount_minor: int | None = None
    currency: str | None = None
    product_id: str | None = None
    product_label: str | None = None
    quantity: int | None = None

    def as_json(self) -> dict[str, Any]:
        """What is stored and answered of it, beside the points; without what it does not have."""
        parts = {name: getattr(self, name) for name in self.__slots__ if name != "points"}
        return {name: part for name, part in parts.items() if part is not None}


@dataclass(frozen=True, slots=True)
class Offer:
    """A reward as it is shown. `points` is what it costs, at least where there is a choice; then
    `max_points` is the most that makes sense. `award` is what comes of `points`, where it can be
    told; `reason` says why the customer cannot have it, None when they can."""

    reward: RewardRecord
    label: str
    points: int
    max_points: int | None = None
    award: Award | None = None
    reason: Reason | None = None

    @property
    def eligible(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Terms:
    """A reward at an instant, for a sale. `points_label` is what the merchant calls points."""

    reward: RewardRecord
    at: datetime
    basket: Basket = Basket()
    points_label: str = "points"

    def offer(self, holder: Holder) -> Offer:
        """The reward for this customer, before anything is chosen."""
        choice, cost = self.reward.choice, self.reward.points
        if choice is None:
            award = self.award(holder)
        else:
            cost = choice.min_points
            award = self.award(holder, cost)
        if isinstance(award, Award):
            return Offer(self.reward, self.label, cost, self._most(holder), award)
        if award.code == "subtotal_unknown" and self.reward.minimum_subtotal is None:
            # What it is worth is not known yet; that it can be had is.
            return Offer(self.reward, self.label, cost)
        return Offer(self.reward, self.label, cost, reason=award)

    def award(self, holder: Holder, points: int | None = None) -> Award | Reason:
        """What comes of the reward for so many points, or why it cannot be had; `points` are given
        where the reward leaves the choice."""
        reason = (
            self._not_now()
            or self._not_in_this_currency()
            or self._not_for(holder)
            or self._not_for_points(points)
        )
        if reason is not None:
            return reason
        cost = self.reward.points if points is None else points
        if cost > holder.available:
            missing = cost - holder.available
            return self._because(
                "insufficient_points", points=cost, available=holder.available, missing=missing
            )
        return self._too_small() or self._given(cost)

    @property
    def label(self) -> str:
        """Verb first: what it costs, and what for."""
        if self.reward.label is not None:
            return self.reward.label
        cost, choice = f"{self.reward.points} {self.points_label}", self.reward.choice
        if choice is None:
            return f"Redeem {cost} for {self._gain}"
        return f"Redeem {self.points_label} from {choice.min_points} on: {cost} for {self._gain}"

    @property
    def _gain(self) -> str:
        match self.reward.gain:
            case AmountOff(amount=amount):
                currency = self._currency
                if currency in amount:
                    return f"{major_units(amount[currency], currency):f} off"
                other, amount_minor = next(iter(amount.items()))
                return f"{money_text(amount_minor, other)} off"
            case PercentOff(basis_points=basis_points):
                whole, rest = divmod(basis_points, 100)
                percent = f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
                return f"{percent}% off"
            case FreeProduct(quantity=quantity) as gain:
                product = gain.product_label or gain.product_id
                return f"a free {product}" if quantity == 1 else f"{quantity} free {product}"

    @property
    def _currency(self) -> str:
        """The sale's; the reward's, where that has one alone; '' where it is not known."""
        named = self.reward.named_currencies
        return self.basket.currency or (next(iter(named)) if len(named) == 1 else "")

    def _not_now(self) -> Reason | None:
        valid = self.reward.valid
        if valid.begin is not None and self.at < valid.begin:
            return self._because("not_started", starts_at=valid.begin.isoformat())
        if valid.until is not None and self.at >= valid.until:
            return self._because("ended", ended_at=valid.until.isoformat())
        return None

    def _not_in_this_currency(self) -> Reason | None:
        named, currency = self.reward.named_currencies, self._currency
        if not named or currency in named:
            return None
        needs = ", ".join(sorted(named))
        if not currency:
            return self._because("currency_unknown", needs=needs)
        return self._because("other_currency", currency=currency, needs=needs)

    def _not_for(self, holder: Holder) -> Reason | None:
        tiers = self.reward.tiers
        if not tiers or holder.tier in tiers:
            return None
        has = {} if holder.tier is None else {"tier": holder.tier}
        return self._because("other_tier", needs=" or ".join(tiers), **has)

    def _not_for_points(self, points: int | None) -> Reason | None:
        choice = self.reward.choice
        if choice is None:
            is_right = points in (None, self.reward.points)
            return None if is_right else self._because("points_fixed", points=self.reward.points)
        if points is None:
            return self._because("points_not_chosen", min_points=choice.min_points)
        most = points if choice.max_points is None else choice.max_points
        if choice.min_points <= points <= most and points == _on_grid(choice, points):
            return None
        at_most = {} if choice.max_points is None else {"max_points": choice.max_points}
        return self._because(
            "points_not_offered",
            min_points=choice.min_points,
            step_points=choice.step_points,
            **at_most,
        )

    def _too_small(self) -> Reason | None:
        required, currency = self.reward.minimum_subtotal, self._currency
        if required is None:
            return None
        if self.basket.subtotal_minor is None:
            return self._because(
                "subtotal_unknown", required_minor=required[currency], currency=currency
            )
        missing = required[currency] - self.basket.subtotal_minor
        if missing <= 0:
            return None
        return self._because(
            "below_subtotal",
            subtotal_minor=self.basket.subtotal_minor,
            required_minor=required[currency],
            missing_minor=missing,
            currency=currency,
        )

    def _given(self, points: int) -> Award | Reason:
        reward, currency, gain = self.reward, self._currency, self.reward.gain
        about = (reward.id, self.label, gain.kind, points)
        if isinstance(gain, FreeProduct):
            product_label = gain.product_label or gain.product_id
            return Award(
                *about,
                product_id=gain.product_id,
                product_label=product_label,
                quantity=gain.quantity,
            )
        if isinstance(gain, AmountOff):
            amount_minor = gain.amount[currency] * points // reward.points
        elif self.basket.subtotal_minor is None:
            return self._because("subtotal_unknown")
        elif not currency:
            return self._because("currency_unknown")
        else:
            amount_minor = ratio_half_up(self.basket.subtotal_minor * gain.basis_points, _WHOLE)
        cap = self._cap
        if cap is not None and amount_minor > cap:
            if reward.choice is not None and (enough := self._points_for(cap)) < points:
                return self._because("more_than_needed", max_points=enough)
            amount_minor = cap
        if not amount_minor:
            return self._because("no_value")
        return Award(*about, amount_minor=amount_minor, currency=currency)

    @property
    def _cap(self) -> int | None:
        """The most that can be taken off; None for no end."""
        most = self.reward.maximum_value
        caps = (self.basket.subtotal_minor, None if most is None else most[self._currency])
        return min((cap for cap in caps if cap is not None), default=None)

    def _most(self, holder: Holder) -> int | None:
        """The most points that can be chosen and are all worth something."""
        choice, cap = self.reward.choice, self._cap
        if choice is None:
            return None
        ends = (
            holder.available,
            choice.max_points,
            None if cap is None else self._points_for(cap),
        )
        return _on_grid(choice, min(end for end in ends if end is not None))

    def _points_for(self, amount_minor: int) -> int:
        """The fewest points that can be chosen and are worth that, or the least choice there is."""
        gain, choice = self.reward.gain, self.reward.choice
        if choice is None or not isinstance(gain, AmountOff):
            return self.reward.points
        enough = -(-amount_minor * self.reward.points // gain.amount[self._currency])
        steps = -(-(enough - choice.min_points) // choice.step_points)
        return choice.min_points + max(0, steps) * choice.step_points

    def _because(self, code: str, **facts: str | int) -> Reason:
        return Reason(code, facts, self.points_label)


def offers(
    rewards: Sequence[RewardRecord],
    holder: Holder,
    at: datetime,
    basket: Basket = Basket(),
    points_label: str = "points",
) -> tuple[Offer, ...]:
    """What a customer is offered: those that can be had first, the cheapest first."""
    shown = [
        Terms(reward, at, basket, points_label).offer(holder)
        for reward in rewards
        if reward.enabled
    ]
    return tuple(sorted(shown, key=lambda o: (not o.eligible, o.points, o.reward.id)))


def _on_grid(choice: Choice, points: int) -> int:
    """The most that can be chosen and is no more; the least choice there is, where that is less."""
    steps = max(0, points - choice.min_points) // choice.step_points
    return choice.min_points + steps * choice.step_points

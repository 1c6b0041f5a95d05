"""Why a reward cannot be had: a code, its facts, and words made of them. Where a campaign can say
the same, the code is the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tillbridge.domain.money import money_text

_WORDS = {
    "unknown_reward": "There is no such reward.",
    "not_started": "It starts at {starts_at}.",
    "ended": "It ended at {ended_at}.",
    "other_currency": "It is not for {currency}, only for {needs}.",
    "currency_unknown": "Say the currency of the sale.",
    "other_tier": "It needs the tier {needs}.",
    "subtotal_unknown": "Say what the sale comes to.",
    "below_subtotal": "It needs a sale of {required}, {missing} more.",
    "insufficient_points": "It needs {points} {label}, {missing} more.",
    "points_fixed": "It costs {points} {label}, no more and no less.",
    "points_not_chosen": "Say how many {label} are to be used: from {min_points} on.",
    "points_not_offered": "Choose from {min_points} {label} on, in steps of {step_points}{most}.",
    "more_than_needed": "For this sale {max_points} {label} are enough.",
    "no_value": "It would take nothing off this sale.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Facts that end in `_minor` are minor units of the fact `currency`. `label` is what the
    merchant calls points."""

    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    label: str = "points"

    @property
    def message(self) -> str:
        """For the screen."""
        words: dict[str, str | int] = {**self.facts, "label": self.label}
        for name, fact in self.facts.items():
            if name.endswith("_minor"):
                words[name.removesuffix("_minor")] = money_text(
                    int(fact), str(self.facts["currency"])
                )
        most = self.facts.get("max_points")
        words["most"] = "" if most is None else f", at most {most}"
        return _WORDS[self.code].format_map(words)

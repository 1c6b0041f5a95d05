"""How the campaigns that apply are chosen: by priority alone, or by what they give the customer.

Both consider campaigns by priority, ties by id. `best_for_customer` searches every way of leaving
some out, within a number of steps; campaigns that share neither a line nor a group are searched
apart, since they cannot touch each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tillbridge.domain.discounts.combination import Candidate, Standing
from tillbridge.domain.discounts.matching import Mask
from tillbridge.domain.discounts.offers import Offer
from tillbridge.domain.discounts.reasons import Reason


@dataclass(frozen=True, slots=True)
class Choice:
    """The basket after the campaigns that were chosen; for each other candidate, by campaign id,
    why it was not; and whether no other combination can give more."""

    standing: Standing
    reasons: dict[str, Reason]
    optimal: bool


def by_priority(start: Standing, candidates: Iterable[Candidate]) -> Choice:
    """Each candidate in turn, where it still can apply."""
    standing, reasons = start.copy(), {}
    for candidate in candidates:
        offer = standing.offer(candidate)
        if isinstance(offer, Offer):
            standing.apply(candidate.campaign, offer)
        else:
            reasons[candidate.campaign.id] = offer
    return Choice(standing, reasons, optimal=False)


def best_for_customer(start: Standing, candidates: Sequence[Candidate], limit: int) -> Choice:
    """The candidates that give most together, found in at most `limit` steps. Of combinations that
    give the same the one is taken that was found first, the same one every time: the better of the
    two that the search begins with, or else the first one that beats it."""
    alone = [c for c in candidates if c.campaign.exclusive]
    together = [c for c in candidates if not c.campaign.exclusive]
    chosen: set[str] = set()
    search = _Search(start, limit)
    for component in sorted(_components(start, together), key=len):
        best = search.best_of(component)
        chosen.update(campaign.id for campaign, _ in best.applied)
    standing = by_priority(start, (c for c in together if c.campaign.id in chosen)).standing
    for candidate in alone:
        lone = by_priority(start, [candidate]).standing
        if lone.discount_minor > standing.discount_minor:
            standing = lone
    return Choice(standing, _why_not(standing, candidates), search.finished)


def _components(start: Standing, candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """The candidates, each with all that it shares a line or a group with, directly or through
    others; in each, in the order in which they are considered."""
    components: list[tuple[Mask, set[str], list[Candidate]]] = []
    for candidate in candidates:
        lines = candidate.campaign.reach(start.basket)
        group = candidate.campaign.group
        groups, members = {group} if group else set(), [candidate]
        apart = []
        for component in components:
            if component[0] & lines or component[1] & groups:
                lines, groups = lines | component[0], groups | component[1]
                members = component[2] + members
            else:
                apart.append(component)
        components = [*apart, (lines, groups, members)]
    return [sorted(members, key=_considered) for _, _, members in components]


def _considered(candidate: Candidate) -> tuple[int, str]:
    return -candidate.campaign.record.priority, candidate.campaign.id


class _Search:
    """Exhaustive, depth first, as long as there are steps left."""

    def __init__(self, start: Standing, limit: int) -> None:
        self._start = start
        self._steps_left = limit
        self.finished = True

    def best_of(self, candidates: Sequence[Candidate]) -> Standing:
        best = self._guess(candidates)
        within = self._lines_from(candidates)
        open_ends = [(self._start, 0)]
        while open_ends:
            standing, at = open_ends.pop()
            if standing.discount_minor > best.discount_minor:
                best = standing
            if at == len(candidates) or not self._can_beat(best, standing, within[at]):
                continue
            if not self._steps_left:
                self.finished = False
                break
            self._steps_left -= 1
            open_ends.append((standing, at + 1))
            offer = standing.offer(candidates[at])
            if isinstance(offer, Offer):
                after = standing.copy()
                after.apply(candidates[at].campaign, offer)
                open_ends.append((after, at + 1))
        return best

    def _guess(self, candidates: Sequence[Candidate]) -> Standing:
        """Where the search begins, and what is left of it when it ends early: the better of all by
        priority and of those that were let in by what each gives alone."""
        first = by_priority(self._start, candidates).standing
        by_worth = sorted(candidates, key=self._worth, reverse=True)
        let_in = {c.id for c, _ in by_priority(self._start, by_worth).standing.applied}
        worthy = [candidate for candidate in candidates if candidate.campaign.id in let_in]
        second = by_priority(self._start, worthy).standing
        return second if second.discount_minor > first.discount_minor else first

    def _worth(self, candidate: Candidate) -> int:
        return by_priority(self._start, [candidate]).standing.discount_minor

    def _lines_from(self, candidates: Sequence[Candidate]) -> list[Mask]:
        """For each place, the lines that the candidates from there on can touch."""
        lines, within = 0, []
        for candidate in reversed(candidates):
            lines |= candidate.campaign.reach(self._start.basket)
            within.append(lines)
        return within[::-1]

    def _can_beat(self, best: Standing, standing: Standing, lines: Mask) -> bool:
        """Whether these lines still cost enough for the rest of the candidates to matter."""
        left = sum([standing.running[n] for n in self._start.basket.numbers(lines)])
        return standing.discount_minor + left > best.discount_minor


def _why_not(standing: Standing, candidates: Iterable[Candidate]) -> dict[str, Reason]:
    applied = {campaign.id for campaign, _ in standing.applied}
    reasons: dict[str, Reason] = {}
    for candidate in candidates:
        if candidate.campaign.id not in applied:
            offer = standing.offer(candidate)
            reasons[candidate.campaign.id] = ("not_best",) if isinstance(offer, Offer) else offer
    return reasons

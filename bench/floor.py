"""The floor: a double loop that only asks whether a line is among a campaign's goods."""

from collections.abc import Callable

from bench.baskets import Case


def bare_double_loop(case: Case) -> Callable[[], int]:
    """A call that counts the pairs of a campaign and a line that it is about."""
    goods = [frozenset({campaign.tag}) for campaign in case.campaigns]
    tags = [line.tag for line in case.lines]

    def count() -> int:
        pairs = 0
        for campaign_goods in goods:
            for tag in tags:
                if tag in campaign_goods:
                    pairs += 1
        return pairs

    return count

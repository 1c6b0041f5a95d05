"""What is known of one sale: what it sold and earned, what came back of it, and whether it is void.

It begins with whatever comes first. What the sale is worth to its customer is a function of what is
known, never of the order in which it became known: so late, repeated and overtaking reports end in
the same account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

from tillbridge.domain.ledger.writes import Absent, Equals, Item, Key, Put
from tillbridge.domain.sale import LineKind, SaleLine


@dataclass(frozen=True, slots=True)
class TalliedLine:
    """As much of a line as a return needs. `worth_minor` is what of its amount has earned points;
    nothing has on a return's own lines."""

    line_id: str
    product_id: str
    variant_id: str
    kind: str
    quantity: str
    amount_minor: int
    worth_minor: int = 0

    @classmethod
    def of(cls, line: SaleLine, worth_minor: int = 0) -> "TalliedLine":
        return cls(
            line.line_id,
            line.product_id or "",
            line.variant_id or "",
            str(line.kind),
            str(line.quantity),
            line.amount_minor,
            worth_minor,
        )

    @property
    def item(self) -> list[Any]:
        """As the table has it: without the names, of which a sale has hundreds."""
        return [getattr(self, name) for name in self.__slots__]

    def names(self, sold: "TalliedLine") -> bool:
        return self.line_id != "" and self.line_id == sold.line_id

    def is_of(self, sold: "TalliedLine") -> bool:
        """Whether it returns that product, where it does not name the line."""
        product = (self.product_id, self.variant_id)
        return any(product) and product == (sold.product_id, sold.variant_id)


@dataclass(frozen=True, slots=True)
class TalliedReturn:
    revision: int
    lines: tuple[TalliedLine, ...]

    def replaces(self, known: "TalliedReturn | None") -> bool:
        """Whether this is the one that counts. Of two equals in revision, it is always the same."""
        return known is None or self._rank > known._rank

    @property
    def _rank(self) -> tuple[int, list[list[Any]]]:
        return self.revision, [line.item for line in self.lines]


@dataclass(frozen=True, slots=True)
class Earning:
    """What a sale earns: so many points, good until the end of the day `lot` or for ever, of which
    so many count towards a tier from `day` on. `lot` is '' for points that were over before the
    sale was heard of: they are never credited, but count."""

    points: int = 0
    lot: str = ""
    qualifying: int = 0
    day: str = ""

    @property
    def credited(self) -> int:
        """What of them is in the account, or was spent."""
        return self.points if self.lot else 0


@dataclass(frozen=True, slots=True, order=True)
class Order:
    """What a sale is to an account: under this its points stand, whoever credits them."""

    account: str
    store_id: str
    sale_ref: str


@dataclass(frozen=True, slots=True)
class Tally:
    """`account` is '' until the sale itself is known, `earning` is what it earns before anything
    comes back. `named` are all accounts that a report of the sale, or of its void, has named:
    points may be held for it by each. `version` counts the writes."""

    key: Key
    version: int = 0
    is_voided: bool = False
    returns: Mapping[str, TalliedReturn] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    account: str = ""
    store_id: str = ""
    sale_ref: str = ""
    revision: int = 0
    fingerprint: str = ""
    earning: Earning = Earning()
    lines: tuple[TalliedLine, ...] = ()

    @classmethod
    def of(cls, key: Key, item: Item | None) -> "Tally":
        """The tally that an item stands for; one of nothing, where there is none."""
        if item is None:
            return cls(key)
        parts = {
            "named": tuple(item["named"]),
            "earning": Earning(**item["earning"]),
            "lines": _lines(item["lines"]),
            "returns": {
                ref: TalliedReturn(known["revision"], _lines(known["lines"]))
                for ref, known in item["returns"].items()
            },
        }
        return cls(key, **{**item, **parts})

    def written(self) -> Put:
        """The write of it, one change later; refused when somebody else was faster."""
        item = {name: getattr(self, name) for name in self.__slots__ if name != "key"} | {
            "version": self.version + 1,
            "named": list(self.named),
            "earning": asdict(self.earning),
            "lines": [line.item for line in self.lines],
            "returns": {
                ref: {"revision": known.revision, "lines": [line.item for line in known.lines]}
                for ref, known in self.returns.items()
            },
        }
        return Put(self.key, item, Equals("version", self.version) if self.version else Absent())

    def naming(self, account: str) -> "Tally":
        return replace(self, named=tuple(sorted({*self.named, account} - {""})))

    def with_return(self, return_ref: str, returned: TalliedReturn) -> "Tally":
        if not returned.replaces(self.returns.get(return_ref)):
            return self
        return replace(self, returns={**self.returns, return_ref: returned})

    @property
    def order(self) -> Order:
        return Order(self.account, self.store_id, self.sale_ref)

    def kept_of(self, order: Order) -> Earning:
        """What an account has of the sale: of another's nothing, and nothing of a void one. What
        came back takes its share, rounded down over all returns together, so that nothing is left
        after the last one."""
        if self.is_voided or order != self.order:
            return Earning()
        share = self._share_that_came_back
        return replace(
            self.earning,
            points=self.earning.points - int(self.earning.points * share),
            qualifying=self.earning.qualifying - int(self.earning.qualifying * share),
        )

    @property
    def _share_that_came_back(self) -> Fraction:
        """Of each line at most what it is worth, however often it comes back. What is known best
        goes first: what names no line takes from what is left of all."""
        left = [Fraction(line.worth_minor) for line in self.lines]
        worth_minor = sum(left)
        if not worth_minor:
            return Fraction(0)
        back: dict[_Sold, Fraction] = {}
        for known in self.returns.values():
            for line in known.lines:
                sold = self._sold(line)
                back[sold] = back.get(sold, Fraction(0)) + self._worth(line, sold)
        for sold, gone_minor in sorted(back.items()):
            there_minor = sum(left[place] for place in sold.places)
            if there_minor:
                kept = 1 - min(Fraction(1), gone_minor / there_minor)
                for place in sold.places:
                    left[place] *= kept
        return 1 - sum(left) / worth_minor

    def _sold(self, back: TalliedLine) -> "_Sold":
        """What a returned line may be: the line that it names; the product's, where it names none
        of the lines; and where it names nothing, any. Not every POS names its lines."""
        named = [n for n, line in enumerate(self.lines) if back.names(line)]
        if named:
            return _Sold(_Match.LINE, tuple(named))
        same = [n for n, line in enumerate(self.lines) if back.is_of(line)]
        if same or back.kind != LineKind.GOODS:
            return _Sold(_Match.PRODUCT, tuple(same))
        return _Sold(_Match.ANY, tuple(n for n, line in enumerate(self.lines) if line.worth_minor))

    def _worth(self, back: TalliedLine, sold: "_Sold") -> Fraction:
        """What of the sale's worth a returned line takes with it: by the quantity that came back;
        by the amount where only money did, or nobody knows of what."""
        lines = [self.lines[place] for place in sold.places]
        quantity = sum(Fraction(line.quantity) for line in lines)
        amount_minor = sum(line.amount_minor for line in lines)
        share = Fraction(0)
        if quantity and Fraction(back.quantity) and sold.match != _Match.ANY:
            share = Fraction(back.quantity) / quantity
        elif amount_minor:
            share = Fraction(back.amount_minor, amount_minor)
        return share * sum(line.worth_minor for line in lines)


class _Match(IntEnum):
    """How well it is known what a returned line was sold as, the best first."""

    LINE = 0
    PRODUCT = 1
    ANY = 2


class _Sold(NamedTuple):
    """The lines that one which came back may be of, by their places in the sale."""

    match: _Match
    places: tuple[int, ...]


def _lines(items: Sequence[Sequence[Any]]) -> tuple[TalliedLine, ...]:
    return tuple(TalliedLine(*item) for item in items)

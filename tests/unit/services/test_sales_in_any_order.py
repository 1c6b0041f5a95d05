"""Property: whatever order reports come in, how often, and however often the ledger must decide
anew, the accounts and the journal end the same."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto
from typing import Any, NamedTuple, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from tests.support.applications import DiscountShop, limited
from tests.support.builders import TENANT
from tests.support.loyalty import NOON_S
from tests.support.sales import a_line, a_sale
from tests.support.selling import A_POINT_EACH, SellingShop, a_report, a_return
from tillbridge.domain.ledger.account import Account
from tillbridge.domain.ledger.redemption import Receipt
from tillbridge.domain.ledger.writes import StoreSilent, Write
from tillbridge.domain.limits import Deadline
from tillbridge.domain.loyalty_requests import AccrualRequest
from tillbridge.domain.sale import Return, Sale
from tillbridge.domain.sale_report import SaleMessage, SaleReport
from tillbridge.errors import (
    ApplicationExists,
    IdempotencyMismatch,
    InsufficientPoints,
    UpstreamUnreachable,
)

Shop = TypeVar("Shop", bound=SellingShop)
CUSTOMERS = ("C-1", "C-2", "C-3")
SHOPIFY_IDS = {customer: f"700{customer[-1]}" for customer in CUSTOMERS}
SALES = ("sale-1", "sale-2", "sale-3")
DAY_S = 86_400
# No tier gives more points: those would depend on which sale of an earlier day is known.
TIERS = {"window_months": 12, "levels": [{"code": "gold", "label": "Gold", "points": 100}]}

quantities = st.integers(1, 7).map(Decimal)
amounts = st.integers(0, 30_000)
lines = st.lists(st.tuples(amounts, quantities), min_size=1, max_size=3)
revisions = st.integers(1, 3)


@st.composite
def sales(draw: st.DrawFn) -> SaleReport:
    sold = [
        a_line(amount, line_id=str(number), quantity=quantity, product_id=f"p{number}")
        for number, (amount, quantity) in enumerate(draw(lines))
    ]
    what = a_sale(
        *sold,
        sale_ref=draw(st.sampled_from(SALES)),
        customer_id=draw(st.sampled_from([*CUSTOMERS, None])),
        at_s=int(NOON_S) - DAY_S * draw(st.integers(0, 50)),
        is_voided=draw(st.integers(0, 5)) == 0,
    )
    report = a_report(what, draw(revisions))
    if what.customer_id is None or draw(st.booleans()):
        return report
    what = replace(what, customer_id=SHOPIFY_IDS[what.customer_id])
    return replace(report, what=what, customer_by_shopify_id=True)


@st.composite
def returns(draw: st.DrawFn) -> SaleReport:
    back = [
        a_line(
            draw(amounts),
            line_id=draw(st.sampled_from(["0", "1", "2", "unknown", ""])),
            quantity=draw(st.sampled_from([Decimal(0), Decimal(1), Decimal("0.5"), Decimal(9)])),
            product_id=draw(st.sampled_from(["p0", "p1", None])),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    what = a_return(
        *back,
        sale_ref=draw(st.sampled_from(SALES)),
        return_ref=draw(st.sampled_from(["return-1", "return-2"])),
    )
    return a_report(what, draw(revisions))


reports = st.lists(st.one_of(sales(), returns()), min_size=1, max_size=8)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[SaleReport], list[SaleReport]]:
    """Every report once, and the same ones in another order, some of them twice."""
    once = draw(reports)
    again = draw(st.lists(st.sampled_from(once), max_size=6))
    return once, draw(st.permutations(once + again))


class Forgetful:
    """A store that does what it is told and sometimes does not say so."""

    def __init__(self, shop: SellingShop, silent_at: frozenset[int]) -> None:
        self._store, self._silent_at, self._transactions = shop.store, silent_at, 0

    def get(self, key: Any) -> Any:
        return self._store.get(key)

    def transact(self, writes: Sequence[Write]) -> None:
        self._store.transact(writes)
        self._transactions += 1
        if self._transactions in self._silent_at:
            raise StoreSilent


def a_shop() -> SellingShop:
    return set_up(SellingShop())


def set_up(shop: Shop) -> Shop:
    shop.run_programme(earn=A_POINT_EACH, tiers=TIERS, points_good_for_days=30)
    shop.own_ids.own_ids = {number: customer for customer, number in SHOPIFY_IDS.items()}
    return shop


def heard(shop: SellingShop, delivered: Sequence[SaleReport]) -> tuple[dict[str, Account], int]:
    """The accounts after it, and the sum of the journal. One that all has left again is as none."""
    for report in delivered:
        shop.count_sales(SaleMessage(TENANT, "pos", report))
    accounts = {customer: shop.account_of(customer) or Account() for customer in CUSTOMERS}
    return accounts, sum(delta for _kind, delta in shop.journal())


@given(deliveries())
def test_any_order_with_duplicates_ends_the_same(
    delivered: tuple[list[SaleReport], list[SaleReport]],
) -> None:
    first, second = (heard(a_shop(), each) for each in delivered)
    assert first == second


@given(deliveries(), st.frozensets(st.integers(1, 12), max_size=4))
def test_an_answer_of_the_table_that_is_lost_changes_nothing(
    delivered: tuple[list[SaleReport], list[SaleReport]], silent_at: frozenset[int]
) -> None:
    once, _ = delivered
    shop = a_shop()
    ledger = replace(shop.count_sales.ledger, store=Forgetful(shop, silent_at))
    shop.count_sales = replace(shop.count_sales, ledger=ledger)
    assert heard(shop, once) == heard(a_shop(), once)


@given(deliveries(), st.frozensets(st.integers(0, 7)))
def test_a_merchants_system_that_is_down_at_times_changes_nothing(
    delivered: tuple[list[SaleReport], list[SaleReport]], down_at: frozenset[int]
) -> None:
    once, _ = delivered
    shop = a_shop()
    again = []
    shop.own_ids.failure = UpstreamUnreachable()
    for report in (report for number, report in enumerate(once) if number in down_at):
        try:
            shop.take(report)
        except UpstreamUnreachable:
            again.append(report)
    shop.own_ids.failure = None
    rest = [report for number, report in enumerate(once) if number not in down_at]
    assert heard(shop, rest + again) == heard(a_shop(), once)


@given(deliveries())
def test_the_journal_says_what_the_accounts_do(
    delivered: tuple[list[SaleReport], list[SaleReport]],
) -> None:
    accounts, total = heard(a_shop(), delivered[1])
    assert sum(account.balance for account in accounts.values()) == total


accruals = st.dictionaries(
    st.tuples(st.sampled_from(SALES), st.sampled_from(CUSTOMERS)), st.integers(1, 400), max_size=4
)


def accrue(shop: SellingShop, sale_ref: str, customer: str, points: int) -> None:
    request = AccrualRequest(points=points, store_id="shop", order_ref=sale_ref)
    shop.points.accrue(shop.caller, customer, request)


@given(deliveries(), accruals)
def test_what_the_till_has_credited_ends_the_same(
    delivered: tuple[list[SaleReport], list[SaleReport]], credited: dict[tuple[str, str], int]
) -> None:
    def after(reports: list[SaleReport]) -> tuple[dict[str, Account], int]:
        shop = a_shop()
        for (sale_ref, customer), points in credited.items():
            accrue(shop, sale_ref, customer, points)
        accounts, total = heard(shop, reports)
        assert sum(account.balance for account in accounts.values()) == total
        return accounts, total

    assert after(delivered[0]) == after(delivered[1])


@given(st.lists(st.one_of(sales(), returns()), max_size=6), st.integers(1, 300), st.randoms())
def test_a_void_leaves_nothing_whenever_the_till_credits_the_sale(
    reports: list[SaleReport], points: int, random: Any
) -> None:
    shop = a_shop()
    void = a_report(a_sale(is_voided=True, customer_id="C-1"), 1)
    of_sale = [report for report in (*reports, void) if report.ref == "sale-1"]
    random.shuffle(of_sale)
    turn = random.randint(0, len(of_sale))
    heard(shop, of_sale[:turn])
    with suppress(IdempotencyMismatch):
        accrue(shop, "sale-1", "C-1", points)
    accounts, total = heard(shop, of_sale[turn:])
    assert (list(accounts.values()), total) == ([Account()] * len(CUSTOMERS), 0)


@given(sales(), st.lists(st.tuples(returns(), st.booleans()), max_size=4), st.randoms())
def test_a_sale_that_two_channels_report_ends_the_same(
    sold: SaleReport, back: list[tuple[SaleReport, bool]], random: Any
) -> None:
    """The sale comes by both; a return by one of them, and once."""
    channels = ("store:shop", "kaching")
    reports = [replace(sold, scope=scope) for scope in channels]
    for number, (report, by_second) in enumerate(back):
        assert isinstance(report.what, Return)
        what = replace(report.what, return_ref=f"return-{number}")
        reports.append(replace(report, scope=channels[by_second], ref=sold.ref, what=what))
    shuffled = random.sample(reports, len(reports))
    accounts, total = heard(a_shop(), reports)
    assert sum(account.balance for account in accounts.values()) == total
    assert (accounts, total) == heard(a_shop(), shuffled)


@given(lines, st.lists(st.tuples(amounts, quantities), max_size=4))
def test_goods_that_were_kept_keep_their_points(
    sold: list[tuple[int, Decimal]], back: list[tuple[int, Decimal]]
) -> None:
    """However often another line comes back, and for however much."""
    shop = a_shop()
    names = {f"{number}": amount for number, (amount, _) in enumerate(sold)}
    pairs = zip(names, sold, strict=True)
    earned = shop.hear_of(a_sale(*(a_line(a, line_id=n, quantity=q) for n, (a, q) in pairs))).delta
    for number, (amount, quantity) in enumerate(back):
        line = a_line(amount, line_id="0", quantity=quantity)
        shop.hear_of(a_return(line, return_ref=f"return-{number}"))
    account = shop.account_of("C-1") or Account()
    total = sum(names.values())
    assert account.balance >= earned - (earned * names["0"] // total if total else 0)


class Then(Enum):
    """What else becomes of points by themselves."""

    CAPTURE = auto()
    VOID = auto()
    VOID_THE_SALE = auto()
    HOLD_ANEW = auto()


class SaleStart(NamedTuple):
    """What a till has done for a sale before anything of it is reported."""

    points: int
    has_discounts: bool
    then: Then | None


starts = st.dictionaries(
    st.tuples(st.sampled_from(SALES), st.sampled_from(CUSTOMERS)),
    st.builds(SaleStart, st.integers(1, 400), st.booleans(), st.sampled_from([None, *Then])),
    max_size=4,
)


class DiscountingShop(DiscountShop, SellingShop):
    """A merchant who gives points and discounts, and whose sales are counted."""

    def start(self, sale_ref: str, customer_id: str, start: SaleStart) -> None:
        """Points are held, alone or with discounts, and the till goes on with the points alone.
        Whoever has too few is refused, and so is who comes to discounts that another has."""
        about = {"sale_ref": sale_ref, "customer_id": customer_id}
        with suppress(InsufficientPoints, ApplicationExists):
            self._go_on(self._held(start, about), start, about)

    def _held(self, start: SaleStart, about: dict[str, str]) -> Receipt:
        if not start.has_discounts:
            return self.redeem(points=start.points, **about)
        applied = self.apply(
            sale_ref=about["sale_ref"],
            customer={"id": about["customer_id"]},
            redemption={"points": start.points},
        )
        assert applied.redemption is not None
        return Receipt(applied.redemption)

    def held_for(self) -> set[str]:
        """The sales for which points or discounts are held."""
        items = self.store.items.values()
        return {item["sale_ref"] for item in items if item.get("state") == "held"}

    def _go_on(self, held: Receipt, start: SaleStart, about: dict[str, str]) -> None:
        match start.then:
            case Then.CAPTURE:
                self.capture(held)
            case Then.VOID:
                self.void(held)
            case Then.VOID_THE_SALE:
                self.void_unanswered(store_id="shop", **about)
            case Then.HOLD_ANEW:
                self.clock.now_s += 1_000
                self.sweeper(Deadline.after(60))
                superseded = held.redemption.redemption_id
                self.redeem(points=start.points, supersedes=superseded, **about)


@given(deliveries(), starts, st.sampled_from(["give_back", "keep"]))
def test_what_the_sales_hold_ends_the_same(
    delivered: tuple[list[SaleReport], list[SaleReport]],
    started: dict[tuple[str, str], SaleStart],
    on_return: str,
) -> None:
    """Spent points may leave a debt: then the total is the same, whichever lots repaid it. Nothing
    is left held of a sale that was reported."""

    def totals(reports: list[SaleReport]) -> tuple[list[tuple[int, int, int]], int, int]:
        shop = DiscountingShop()
        set_up(shop)
        shop.run({**limited(uses=100), "on_return": on_return})
        for customer in CUSTOMERS:
            shop.hear_of(a_sale(50_000, sale_ref=f"of {customer}", customer_id=customer))
        for (sale_ref, customer), start in started.items():
            shop.start(sale_ref, customer, start)
        accounts, _ = heard(shop, reports)
        over = {report.ref for report in reports if isinstance(report.what, Sale)}
        assert not shop.held_for() & over
        points = [(each.available, each.held, each.debt) for each in accounts.values()]
        return points, shop.used(), shop.spent_minor()

    assert totals(delivered[0]) == totals(delivered[1])

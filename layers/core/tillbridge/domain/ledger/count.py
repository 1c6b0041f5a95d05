"""Counting a sale: what it earns, what its returns take back, and nothing of it when it is void."""

from dataclasses import asdict, dataclass, replace
from datetime import date

from tillbridge.domain.ledger.account import Account, Change, added, negative
from tillbridge.domain.ledger.actor import Actor
from tillbridge.domain.ledger.book import Book
from tillbridge.domain.ledger.decision import Commit, Need, Seen, Settled, Step
from tillbridge.domain.ledger.journal import EntryKind, entry
from tillbridge.domain.ledger.keys import account_key, earning_key, fingerprint, tally_key
from tillbridge.domain.ledger.qualifying import uncounted
from tillbridge.domain.ledger.tally import Earning, TalliedLine, TalliedReturn, Tally
from tillbridge.domain.ledger.writes import Absent, Condition, Equals, Item, Put, Write
from tillbridge.domain.programme import Programme
from tillbridge.domain.sale import Return, Sale
from tillbridge.domain.sale_report import SaleReport


@dataclass(frozen=True, slots=True)
class Counted:
    """What is known of the sale now. `delta` is by how much the balance of its customer's account
    changed; `replayed`: it was all known before."""

    tally: Tally
    delta: int = 0
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """Add a report to what is known of its sale, and bring the customer's account to what that
    makes of it. `account_id` is '' when the report names no customer."""

    actor: Actor
    account_id: str
    report: SaleReport
    programme: Programme

    def __call__(self, seen: Seen) -> Step[Counted]:
        key = tally_key(self.actor.tenant_id, self.report.scope, self.report.ref)
        if key not in seen:
            return Need(key)
        known = Tally.of(key, seen[key])
        what = self.report.what
        if isinstance(what, Return):
            lines = tuple(TalliedLine.of(line) for line in what.lines)
            returned = TalliedReturn(self.report.revision, lines)
            return self._settled(known, known.with_return(what.return_ref, returned), seen)
        named = known.naming(self.account_id)
        if what.is_voided:
            return self._settled(known, replace(named, is_voided=True), seen)
        return self._with_sale(known, named, what, seen)

    def _with_sale(self, known: Tally, named: Tally, sale: Sale, seen: Seen) -> Step[Counted]:
        """A sale that names no customer takes nothing from whom an earlier report named; the same
        one again keeps what it has earned."""
        content = self._fingerprint(sale)
        is_newer = (self.report.revision, content) > (known.revision, known.fingerprint)
        if not self.account_id or not is_newer:
            return self._settled(known, named, seen)
        if known.fingerprint == content:
            return self._settled(known, replace(named, revision=self.report.revision), seen)
        tenant_id = self.actor.tenant_id
        earned = earning_key(tenant_id, self.account_id, sale.store_id, sale.sale_ref)
        for key in (account_key(tenant_id, self.account_id), earned):
            if key not in seen:
                return Need(key)
        before, earning = known, _by_the_till(seen[earned])
        if known.account or earning is None:
            account = Book.opened(self.actor, self.account_id, seen).account
            earning = self._earning(sale, account)
        else:
            before = self._earned(Tally(known.key), sale, earning)
        after = replace(
            self._earned(named, sale, earning),
            revision=self.report.revision,
            fingerprint=content,
            lines=self._lines(sale),
        )
        return self._settled(before, after, seen)

    def _earning(self, sale: Sale, account: Account) -> Earning:
        """By the tier that the sale's day began with. Its points are good from that day on, however
        late it is heard of; those that are over by then are in no lot."""
        day = min(self.programme.day_of(sale.at_s), self.actor.today)
        tier = self.programme.tier_for(account, sale)
        lot = self.programme.expiry_from(day)
        qualifying = self.programme.qualifying(self.programme.points_for(sale, None), day)
        return Earning(
            points=self.programme.points_for(sale, tier),
            lot="" if lot < self.actor.today.isoformat() else lot,
            qualifying=0 if qualifying is None else qualifying.points,
            day=day.isoformat(),
        )

    def _earned(self, known: Tally, sale: Sale, earning: Earning) -> Tally:
        return replace(
            known,
            account=self.account_id,
            store_id=sale.store_id,
            sale_ref=sale.sale_ref,
            earning=earning,
        )

    def _lines(self, sale: Sale) -> tuple[TalliedLine, ...]:
        worths = (self.programme.worth_minor(sale.currency, line) for line in sale.lines)
        return tuple(map(TalliedLine.of, sale.lines, worths))

    def _fingerprint(self, sale: Sale) -> str:
        lines = [
            {**asdict(line), "quantity": str(line.quantity), "tags": sorted(line.tags)}
            for line in sale.lines
        ]
        # With the pseudonym, so that the fingerprint leads back to nobody either.
        content = {**asdict(sale), "customer_id": self.account_id, "lines": lines}
        return fingerprint("sale", self.actor.tenant_id, self.report.scope, content)

    def _settled(self, before: Tally, after: Tally, seen: Seen) -> Step[Counted]:
        """The account that the sale was of, and the one that it is of, are brought from what they
        had of it to what they have of it now."""
        if after == before:
            return Settled(Counted(after, replayed=True))
        writes: list[Write] = [after.written()]
        delta = 0
        for account_id in sorted({before.account, after.account} - {""}):
            step = self._moved(account_id, before, after, seen)
            if isinstance(step, Need):
                return step
            change, account_writes = step
            writes += account_writes
            delta = change.delta if account_id == after.account else delta
        return Commit(tuple(writes), Counted(after, delta))

    def _moved(
        self, account_id: str, before: Tally, after: Tally, seen: Seen
    ) -> Need | tuple[Change, tuple[Write, ...]]:
        """By what an account changes, and what writes that."""
        was, now = before.kept_by(account_id), after.kept_by(account_id)
        if was == now or not (was.points or now.points):
            return Change(), ()
        sale = after if after.account == account_id else before
        about = (sale.store_id, sale.sale_ref)
        tenant_id = self.actor.tenant_id
        earned = earning_key(tenant_id, account_id, *about)
        for key in (account_key(tenant_id, account_id), earned):
            if key not in seen:
                return Need(key)
        known = seen[earned] or {"reversible": 0}
        book = Book.opened(self.actor, account_id, seen)
        points = _points(book.account, was, now, known["reversible"])
        counts = self._counts(book.account, was, now, known.get("qualifying", 0))
        change = points + counts
        left = known["reversible"] + points.delta
        item = {"points": now.points and after.earning.points, "reversible": left, "lot": now.lot}
        if now.qualifying:
            item |= {"qualifying": now.qualifying, "day": now.day}
        entered = entry(
            EntryKind.EARN if points.delta >= 0 else EntryKind.UNEARN,
            account_id,
            points.delta,
            self.actor,
            *about,
            str(before.version + 1),
            store_id=sale.store_id,
            order_ref=sale.sale_ref,
        )
        return change, (Put(earned, item, _unchanged(seen[earned])), *book.writes(change), entered)

    def _counts(self, account: Account, was: Earning, now: Earning, most: int) -> Change:
        """What counts towards a tier: it leaves its day, as far as it is there, and joins the
        other."""
        gone, come = _apart(was.qualifying, now.qualifying, same=was.day == now.day)
        earned = account.earned
        if gone := min(gone, most):
            earned = added(earned, uncounted(earned, was.day, gone))
        qualifying = self.programme.qualifying(come, date.fromisoformat(now.day)) if come else None
        if qualifying is not None:
            earned = qualifying.counted_in(earned, self.actor.today)
        return Change(earned=added(earned, negative(account.earned)))


def _points(account: Account, was: Earning, now: Earning, reversible: int) -> Change:
    """Points that go leave the lot that they came into, then the others; what is spent already
    becomes a debt (T18). What a till has reversed by itself does not go again."""
    gone, come = _apart(was.credited, now.credited, same=was.lot == now.lot)
    gone = min(gone, reversible)
    taken = account.take(gone, first=was.lot)
    change = taken + Change(debt=gone + taken.available)
    return change + account.plus(change).give({now.lot: come})


def _apart(was: int, now: int, *, same: bool) -> tuple[int, int]:
    """How many go and how many come: the difference, where it is the same lot or day."""
    return (max(0, was - now), max(0, now - was)) if same else (was, now)


def _unchanged(earned: Item | None) -> Condition:
    return Absent() if earned is None else Equals("reversible", earned["reversible"])


def _by_the_till(earned: Item | None) -> Earning | None:
    """What the till has credited for the order by itself, before it was reported as a sale: that
    stands, and returns take from it. None when it has not."""
    if earned is None or not earned["points"]:
        return None
    lot, day = earned["lot"], earned.get("day", "")
    return Earning(earned["points"], lot, earned.get("qualifying", 0), day)

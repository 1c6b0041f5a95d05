"""What the use cases need of the outside, one narrow call each. `adapters` has them for the cloud,
`tests/support/fakes.py` for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # A function loads what it uses, not all that the others do.
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tillbridge.domain.caller import Caller
    from tillbridge.domain.credential import Secret
    from tillbridge.domain.customer_account import CustomerAccount
    from tillbridge.domain.discounts.live import Discounts
    from tillbridge.domain.drafts import Draft, DraftKey, Judgement, Turn
    from tillbridge.domain.exchange import OutboundRequest, UpstreamAnswer
    from tillbridge.domain.integration import Integration
    from tillbridge.domain.ledger.due import Due
    from tillbridge.domain.ledger.history import Entries
    from tillbridge.domain.ledger.writes import Item, Key, Write
    from tillbridge.domain.limits import Deadline
    from tillbridge.domain.pos_key import PosKeyRecord
    from tillbridge.domain.programme import Programme, RewardRecord, Standing
    from tillbridge.domain.programmes import AnyProgramme
    from tillbridge.domain.shop import Shop
    from tillbridge.domain.tenant import TenantProfile
    from tillbridge.domain.upstream.programme import UpstreamProgramme


class ReadPosKey(Protocol):
    def __call__(self, tenant_id: str, key_id: str) -> tuple[PosKeyRecord | None, bool]:
        """The key's record, None when there is none, and whether it was remembered since the table
        does not answer. Raises `RecordUnusable`, `RecordsUnavailable`."""
        ...


class ReadShop(Protocol):
    def __call__(self, domain: str) -> tuple[Shop | None, bool]:
        """The shop of that domain, None when nobody's is; otherwise as `ReadPosKey`."""
        ...


class ReadAppSecrets(Protocol):
    def __call__(self, client_id: str, *, anew: bool = False) -> tuple[str, ...]:
        """The live client secrets of a Shopify app, the newest first; none when the deployment
        has no such app. They are remembered for minutes; `anew` reads them again, at most once in
        seconds. Raises `SecretUnavailable` when there are none that can be used,
        `RecordsUnavailable` when it cannot be told."""
        ...


class ReadProfile(Protocol):
    def __call__(self, tenant_id: str) -> TenantProfile:
        """The tenant's live profile. Raises `NotConfigured`, `RecordUnusable`,
        `RecordsUnavailable`."""
        ...


class ReadIntegration(Protocol):
    def __call__(self, tenant_id: str, operation: str) -> Integration:
        """The tenant's live record for the operation. Raises as `ReadProfile`."""
        ...


class ReadSecret(Protocol):
    def __call__(self, tenant_id: str, name: str) -> Secret:
        """A secret under the tenant's own prefix. Raises `SecretUnavailable` when there is none
        that can be used, `RecordsUnavailable` when it cannot be told."""
        ...


class Exchange(Protocol):
    def __call__(self, request: OutboundRequest, deadline: Deadline) -> UpstreamAnswer:
        """One attempt, answered or failed by the deadline. Raises `UpstreamError`s and
        `AddressRefused`."""
        ...


class LedgerStore(Protocol):
    def get(self, key: Key) -> Item | None:
        """The item as it is now, after every transaction that was answered; None when there is
        none. Raises `StoreBusy`."""
        ...

    def transact(self, writes: Sequence[Write]) -> None:
        """All of the writes, or none. Raises `WritesRefused`, `StoreBusy`, and `StoreSilent` when
        it cannot be told."""
        ...


class ListSortKeys(Protocol):
    def __call__(self, pk: str) -> Collection[str]:
        """The sort keys of a partition's items, as it is now. Raises `RecordsUnavailable`."""
        ...


class ReadEntries(Protocol):
    def __call__(self, pk: str, at_most: int, before: Mapping[str, str] | None) -> Entries:
        """An account partition's journal, newest first, from where the last page ended. Raises
        `RecordsUnavailable`."""
        ...


class FindDue(Protocol):
    def __call__(self, shard: str, until: str) -> Iterator[Due]:
        """What the due index says is over, the oldest first. It may lag behind: what an item is now
        decides. Raises `RecordsUnavailable`."""
        ...


class ReadProgramme(Protocol):
    def __call__(self, tenant_id: str) -> Programme:
        """The tenant's live loyalty programme, read or remembered for seconds: never when the table
        does not answer. Raises `NotConfigured`, `RecordUnusable`, `RecordsUnavailable`,
        `TenantSuspended`."""
        ...


class ReadAnyProgramme(Protocol):
    def __call__(self, tenant_id: str) -> AnyProgramme:
        """As `ReadProgramme`, whoever keeps the points."""
        ...


class ReadUpstreamProgramme(Protocol):
    def __call__(self, tenant_id: str) -> UpstreamProgramme:
        """As `ReadProgramme`, of a merchant whose own system keeps the points."""
        ...


class ReadDiscounts(Protocol):
    def __call__(self, tenant_id: str) -> Discounts:
        """The tenant's live campaigns and settings. Raises as `ReadProfile`, and
        `TenantSuspended`."""
        ...


class ReadStanding(Protocol):
    def __call__(self, caller: Caller, customer_id: str, /) -> Standing:
        """What a customer is and has in the tenant's programme. Raises as `ReadProgramme`."""
        ...


class ReadRewards(Protocol):
    def __call__(self, tenant_id: str) -> tuple[RewardRecord, ...]:
        """The tenant's live rewards that can be used, read or remembered as a programme is. Raises
        `RecordsUnavailable`."""
        ...


class ReadCustomerAccount(Protocol):
    def __call__(self, tenant_id: str) -> CustomerAccount:
        """The tenant's live record of a till's customer account. Raises as `ReadProfile`."""
        ...


class FindOwnId(Protocol):
    def __call__(self, tenant_id: str, customer_id: str, deadline: Deadline, /) -> str:
        """The merchant's own identifier of a customer whom Shopify names by its number. Raises
        `CustomerNotFound`, and what says that it cannot be told."""
        ...


class SendSales(Protocol):
    def __call__(self, bodies: Sequence[str], deadline: Deadline, /) -> None:
        """Put these messages, of at most 256 KiB each, into the queue of sales: all of them are
        stored when it returns. Raises `RecordsUnavailable` when some may not be, at the deadline
        for one."""
        ...


class CountDrift(Protocol):
    def __call__(self, tenant_id: str, operation: str, /) -> None:
        """Count one answer that was different from what its record was written for."""
        ...


class DraftStore(Protocol):
    """Drafts, and what is said of them. Every method raises `RecordsUnavailable`."""

    def turn(self, key: DraftKey) -> Turn:
        """The state of the record's judging."""
        ...

    def draft(self, key: DraftKey) -> Draft | None:
        """The draft as it stands, with every write that was acknowledged; None when there is
        none."""
        ...

    def conclude(self, key: DraftKey, turn: Turn, judgement: Judgement | None) -> bool:
        """All at once: the verdict, the next turn, and the live record, which a good draft becomes,
        a bad one leaves alone and no draft retires. False, and nothing written, when the turn is
        over."""
        ...

    def note(self, key: DraftKey, judgement: Judgement) -> None:
        """Write the verdict alone."""
        ...

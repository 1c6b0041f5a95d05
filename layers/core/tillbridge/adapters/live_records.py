"""A tenant's records that are in force (`pk = LIVE#<tenant>#`): profile, programme, rewards, a
till's customer account, and integrations."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from tillbridge.adapters.dynamodb import get_item, items_under
from tillbridge.adapters.remembered import Remembered
from tillbridge.domain.discounts.fields import exact
from tillbridge.domain.faults import faults_in
from tillbridge.domain.integration import Integration
from tillbridge.domain.record_content import content_of
from tillbridge.domain.tenant import TenantProfile
from tillbridge.errors import NotConfigured, RecordsUnavailable, RecordUnusable, TenantSuspended

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

    # Imported where they are read: a function loads no kind of record that it does not ask for.
    from tillbridge.domain.customer_account import CustomerAccount
    from tillbridge.domain.programme import Programme, RewardRecord
    from tillbridge.domain.programmes import AnyProgramme
    from tillbridge.domain.upstream.programme import UpstreamProgramme

    _Record = BaseModel | CustomerAccount | Integration

_FRESH_S = 30
_STALE_S = 15 * 60
_PROFILE = "PROFILE"
_PROGRAM = "PROGRAM"
_ACCOUNT = "CUSTOMER_ACCOUNT"
_INTEGRATION = "INTEGRATION"
_REWARD = "REWARD"
_Model = TypeVar("_Model", bound=BaseModel)

logger = logging.getLogger(__name__)


class LiveRecords:
    """Records are judged and compiled when they are read, so a bad one fails here, and are
    remembered so, good or bad (30 s; up to 15 min when DynamoDB does not answer)."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._table = table
        # One memory for all, so that the first read which DynamoDB does not answer spares the next.
        self._records = Remembered(self._read, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)
        self._kinds = Remembered(self._read_all, fresh_s=_FRESH_S, stale_s=_STALE_S, now_s=now_s)

    def profile(self, tenant_id: str) -> TenantProfile:
        """See `ports.ReadProfile`."""
        profile = self._record(tenant_id, _PROFILE)
        if not isinstance(profile, TenantProfile):
            raise NotConfigured("this merchant has no live profile")
        return profile

    def integration(self, tenant_id: str, operation: str) -> Integration:
        """See `ports.ReadIntegration`."""
        integration = self._record(tenant_id, f"{_INTEGRATION}#{operation}")
        if not isinstance(integration, Integration) or not integration.record.enabled:
            raise NotConfigured(
                f"this merchant has no live, enabled record for {operation}", operation=operation
            )
        return integration

    def programme(self, tenant_id: str) -> Programme:
        """See `ports.ReadProgramme`."""
        from tillbridge.domain.programme import Programme
        from tillbridge.domain.programmes import BUILT_IN

        programme = self.any_programme(tenant_id)
        if not isinstance(programme, Programme):
            raise NotConfigured(
                "the merchant's own system keeps the points: only the built-in ledger does this",
                operation=BUILT_IN,
            )
        return programme

    def upstream_programme(self, tenant_id: str) -> UpstreamProgramme:
        """See `ports.ReadUpstreamProgramme`."""
        from tillbridge.domain.upstream.programme import UpstreamProgramme

        programme = self.any_programme(tenant_id)
        if not isinstance(programme, UpstreamProgramme):
            raise NotConfigured("the built-in ledger keeps the points", operation="loyalty_http")
        return programme

    def any_programme(self, tenant_id: str) -> AnyProgramme:
        """See `ports.ReadAnyProgramme`."""
        from tillbridge.domain.programme import Programme
        from tillbridge.domain.programmes import AnyProgrammeRecord
        from tillbridge.domain.upstream.programme import UpstreamProgramme, UpstreamProgrammeRecord

        profile = self._record(tenant_id, _PROFILE, when_silent=False)
        rules = self._record(tenant_id, _PROGRAM, when_silent=False)
        if isinstance(profile, TenantProfile) and profile.status == "suspended":
            raise TenantSuspended
        if not isinstance(profile, TenantProfile) or not isinstance(rules, AnyProgrammeRecord):
            raise NotConfigured("this merchant has no live loyalty programme", operation="loyalty")
        if profile.pseudonym_key is None:
            raise RecordUnusable("the live profile has no pseudonym_key: loyalty needs one")
        if isinstance(rules.root, UpstreamProgrammeRecord):
            return UpstreamProgramme(rules.root, profile.time_zone, profile.pseudonym_key)
        return Programme(rules.root, profile.time_zone, profile.pseudonym_key, profile.currency)

    def customer_account(self, tenant_id: str) -> CustomerAccount:
        """See `ports.ReadCustomerAccount`."""
        from tillbridge.domain.customer_account import CustomerAccount

        account = self._record(tenant_id, _ACCOUNT)
        if not isinstance(account, CustomerAccount) or not account.record.enabled:
            raise NotConfigured(
                "this merchant has no live, enabled record for a till's customer account",
                operation="customer_account",
            )
        return account

    def rewards(self, tenant_id: str) -> tuple[RewardRecord, ...]:
        """See `ports.ReadRewards`."""
        from tillbridge.domain.programme import RewardRecord

        return self._all(tenant_id, _REWARD, RewardRecord, when_silent=False)

    def _all(
        self, tenant_id: str, label: str, model: type[_Model], *, when_silent: bool
    ) -> tuple[_Model, ...]:
        """All of a kind's records that can be used; as `_record`."""
        reading = self._kinds((tenant_id, label))
        if reading.stale and not when_silent:
            raise RecordsUnavailable
        return tuple(record for record in reading.value if isinstance(record, model))

    def _record(self, tenant_id: str, name: str, *, when_silent: bool = True) -> _Record | None:
        """A record; from memory too when the table does not answer, unless points hang on it."""
        reading = self._records((tenant_id, name))
        if reading.stale and not when_silent:
            raise RecordsUnavailable
        if isinstance(reading.value, RecordUnusable):
            raise RecordUnusable(reading.value.detail)
        return reading.value

    def _read(self, key: tuple[str, str]) -> _Record | RecordUnusable | None:
        tenant_id, name = key
        try:
            stored = get_item(self._client, self._table, f"LIVE#{tenant_id}#", name)
            return None if stored is None else _loaded(name, stored)
        except RecordUnusable as unusable:
            return unusable

    def _read_all(self, key: tuple[str, str]) -> tuple[_Record, ...]:
        tenant_id, label = key
        records = []
        for name, stored in items_under(
            self._client, self._table, f"LIVE#{tenant_id}#", f"{label}#"
        ):
            try:
                records.append(_loaded(name, stored))
            except RecordUnusable as unusable:
                # One that cannot be used is no reason to do without the others.
                facts = {"tenant_id": tenant_id, "record": name, "reason": unusable.detail}
                logger.warning("left out a live record", extra=facts)
        return tuple(records)


def _loaded(name: str, stored: dict[str, Any]) -> _Record:
    content = content_of(stored)
    label, _, _ = name.partition("#")
    if label == _INTEGRATION:
        return Integration.load(content, stored.get("expected_fields"))
    if name == _ACCOUNT:
        from tillbridge.domain.customer_account import CustomerAccount

        return CustomerAccount.load(content)
    try:
        return _model(label).model_validate(exact(content))
    except ValidationError as error:
        places = ", ".join(fault.path for fault in faults_in(error))
        raise RecordUnusable(f"the live {name.lower()} is wrong at {places}") from None


def _model(label: str) -> type[BaseModel]:
    """What makes the record of that label, where nothing else does."""
    if label == _PROFILE:
        return TenantProfile
    from tillbridge.domain.programme import RewardRecord
    from tillbridge.domain.programmes import AnyProgrammeRecord

    return RewardRecord if label == _REWARD else AnyProgrammeRecord

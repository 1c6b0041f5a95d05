"""Every record holds what its own examples say, and the demo tenants are those there are."""

import json
from pathlib import Path

import pytest

from local.demo_tenants import DEMO_TENANTS, TENANTS
from tillbridge.domain.customer_account_check import faults_of_account
from tillbridge.domain.record_check import faults_of
from tillbridge.domain.record_kinds import faults_in_record
from tillbridge.domain.tenant import TenantProfile

RECORDS = sorted(TENANTS.glob("*/integrations/*.json"))
CAMPAIGNS = sorted(TENANTS.glob("*/campaigns/*.json"))


def name_of(file: Path) -> str:
    return str(file.relative_to(TENANTS).with_suffix(""))


@pytest.mark.parametrize("file", RECORDS, ids=name_of)
def test_a_record_may_go_live(file: Path) -> None:
    record = json.loads(file.read_text())

    assert record["operation"] == file.stem
    assert len(record["examples"]) >= 3
    assert faults_of(record) == []


@pytest.mark.parametrize("file", sorted(TENANTS.glob("*/profile.json")), ids=name_of)
def test_a_profile_is_a_profile(file: Path) -> None:
    assert TenantProfile.model_validate(json.loads(file.read_text())).name


@pytest.mark.parametrize("file", sorted(TENANTS.glob("*/customer_account.json")), ids=name_of)
def test_a_customer_account_may_go_live(file: Path) -> None:
    record = json.loads(file.read_text())

    assert len(record["examples"]) >= 3
    assert faults_of_account(record) == []


@pytest.mark.parametrize("file", sorted(TENANTS.glob("*/programme.json")), ids=name_of)
def test_a_programme_may_go_live(file: Path) -> None:
    record = json.loads(file.read_text())

    if record.get("provider") != "http":
        assert len(record["examples"]["earning"]) >= 3
        assert len(record["examples"]["tiers"]) >= 2
    assert faults_in_record("PROGRAM", record) == []


@pytest.mark.parametrize("file", sorted(TENANTS.glob("*/rewards/*.json")), ids=name_of)
def test_a_reward_may_go_live(file: Path) -> None:
    record = json.loads(file.read_text())

    assert len(record["examples"]) >= 2
    assert faults_in_record(f"REWARD#{file.stem}", record) == []


@pytest.mark.parametrize("file", CAMPAIGNS, ids=name_of)
def test_a_campaign_may_go_live(file: Path) -> None:
    record = json.loads(file.read_text())

    assert faults_in_record(f"CAMPAIGN#{file.stem}", record) == []
    expected = [example["expect"]["discount_minor"] for example in record["examples"]]
    assert any(expected)
    assert not all(expected)


@pytest.mark.parametrize("file", sorted(TENANTS.glob("*/discounts.json")), ids=name_of)
def test_a_merchants_rules_may_go_live(file: Path) -> None:
    assert faults_in_record("DISCOUNTS", json.loads(file.read_text())) == []


def test_the_demo_campaigns_show_every_way_to_give() -> None:
    kinds = {json.loads(file.read_text())["benefit"]["kind"] for file in CAMPAIGNS}
    conditions = " ".join(file.read_text() for file in CAMPAIGNS)

    assert {"new_unit_price", "percentage", "n_for_m", "amount_off"} <= kinds
    for part in ("tier", "basket_subtotal", "birthday", "nth_order", "limits", "exclude_tags"):
        assert f'"{part}"' in conditions


def test_an_example_that_does_not_hold_is_named() -> None:
    record = json.loads(RECORDS[0].read_text())
    record["examples"][0]["expect"] = [{"identifier": "somebody else"}]

    failure, *_ = faults_of(record)

    assert failure.path == "examples.0.expect.0.identifier"
    assert failure.message.startswith(f"{record['examples'][0]['name']}: expected")


def test_every_folder_is_a_demo_tenant_of_its_own_vendor() -> None:
    assert {folder.name for folder in TENANTS.iterdir()} == {t.tenant_id for t in DEMO_TENANTS}

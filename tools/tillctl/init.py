"""`tillctl init`: a tenant's folder of records to begin with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tillbridge.domain.caller import is_tenant_id
from tillbridge.domain.target import origin_of
from tools.tillctl import screen
from tools.tillctl.commented import commented
from tools.tillctl.failures import Failure
from tools.tillctl.presets import PRESETS, Preset, PresetName
from tools.tillctl.record_file import SCHEMA_MEMBER
from tools.tillctl.schemas import FOLDER, write_schemas

_PROFILE = """What holds for all of the merchant's systems (docs/records.md)."""
_INTEGRATION = """How a till's search for customers is answered by the merchant's system.
docs/records.md says what may stand here. Check it: tillctl check <this file>"""
_SCREEN = """A part of the customer's screen (docs/customer-screen.md): remove it where the merchant
has none. Check it: tillctl check <this file>"""
_COMMENTS = {
    "locale": "BCP 47 language of texts that the merchant wrote.",
    "time_zone": "IANA zone in which the merchant's days end.",
    "currency": "ISO 4217; used where the till names none.",
    "result_cap": "How many customers one search returns at most.",
}
_INTEGRATION_COMMENTS = {
    "request": "How to ask. {search_term} is what the cashier typed, {currency_code?} the shop's "
    "currency; what holds an optional one is left out when it is absent.",
    "request.timeout_ms": "Per attempt; the till waits 3 seconds in all.",
    "auth": "With which credential.",
    "outcomes": "What an answer means where HTTP's status does not say it.",
    "response": "How to read the answer, in JSONata (https://docs.jsonata.org).",
    "examples": "The record's own tests: this answer must give these customers. tillctl record "
    "adds one of a real answer.",
}


def init(
    tenant: Annotated[str, typer.Argument(help="The tenant's id: 2 to 41 of a-z, 0-9 and '-'.")],
    preset: Annotated[PresetName, typer.Option(help="The system to connect.")],
    into: Annotated[Path, typer.Option(help="Where the tenant's folder is made.")] = Path(),
    screen_too: Annotated[
        bool, typer.Option("--screen", help="The records of the customer's screen as well.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there.")
    ] = False,
) -> None:
    """Write a commented folder of records to begin with."""
    check_tenant_id(tenant)
    chosen, folder = PRESETS[preset], into / tenant
    files = {
        folder / "profile.jsonc": commented(
            _bound(chosen.profile(tenant), f"{FOLDER}/profile.json"), _COMMENTS, _PROFILE
        ),
        folder / "integrations" / "customer_lookup.jsonc": commented(
            _bound(chosen.integration(tenant), f"../{FOLDER}/integration.json"),
            {**_INTEGRATION_COMMENTS, **chosen.comments},
            _INTEGRATION,
        ),
    }
    for record in _of_the_screen(chosen, tenant, preset) if screen_too else ():
        file = folder / "integrations" / f"{record['operation']}.jsonc"
        files[file] = commented(_bound(record, f"../{FOLDER}/integration.json"), {}, _SCREEN)
    if (there := [file for file in files if file.exists()]) and not force:
        raise Failure(f"{there[0]} is there already.", "Write over it with --force.")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        screen.done(f"Wrote {file}")
    write_schemas(folder / FOLDER)
    screen.note(f"  {folder / FOLDER} lets your editor complete and validate them.")
    screen.say("Next:")
    screen.say(f"  tillctl check {folder}")
    screen.say(f"  {_storing_its_secret(tenant, chosen.integration(tenant))}")
    screen.say(f"  tillctl try {folder / 'integrations' / 'customer_lookup.jsonc'} --search-term …")


def _of_the_screen(chosen: Preset, tenant: str, preset: PresetName) -> list[dict[str, Any]]:
    records = list(chosen.screen(tenant))
    if not records:
        hint = "docs/records.md says what they hold; hubspot and shopify have them."
        raise Failure(f"There are no records of the screen for {preset} yet.", hint)
    return records


def _storing_its_secret(tenant: str, record: Mapping[str, Any]) -> str:
    urls = [record["request"]["url"], record["auth"].get("token_url")]
    origins = " ".join(f"--origin {origin_of(url)}" for url in urls if url)
    return f"tillctl secrets set {tenant} {record['auth']['secret']} {origins}"


def check_tenant_id(tenant: str) -> None:
    """Raises `Failure`."""
    if not is_tenant_id(tenant):
        raise Failure(f"{tenant} is no tenant's id.", "It is 2 to 41 of a-z, 0-9 and '-'.")


def _bound(record: Mapping[str, Any], schema: str) -> dict[str, Any]:
    return {SCHEMA_MEMBER: schema, **record}

"""Records as files: what init writes, what check says of it, and where."""

import json
from pathlib import Path

import pytest

from local.demo_tenants import TENANTS
from tests.support.tillctl import tillctl
from tillbridge.domain.record_kinds import KINDS
from tools.tillctl import screen
from tools.tillctl.commented import commented
from tools.tillctl.jsonc import parse
from tools.tillctl.presets import PRESETS, PresetName
from tools.tillctl.record_file import read_record, record_files

LOOKUP = Path("acme/integrations/customer_lookup.jsonc")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def acme() -> Path:
    assert tillctl("init", "acme", "--preset", "custom").exit_code == 0
    return LOOKUP


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("preset", PresetName)
def test_every_preset_is_good_as_it_is_written(preset: PresetName) -> None:
    assert tillctl("init", "acme", "--preset", preset).exit_code == 0

    result = tillctl("check", "acme")

    assert result.exit_code == 0
    assert result.stdout.count("✓") == 2


@pytest.mark.parametrize("preset", [p for p in PresetName if p != PresetName.CUSTOM])
def test_a_preset_is_the_tested_record_with_the_names_replaced(preset: PresetName) -> None:
    tillctl("init", "acme", "--preset", preset)
    model = PRESETS[preset].model
    tested = (TENANTS / model / "integrations" / "customer_lookup.json").read_text()

    assert read_record(LOOKUP).content == json.loads(tested.replace(model, "acme"))


def test_the_custom_preset_is_the_tested_record_with_a_mapping_to_edit(acme: Path) -> None:
    content = read_record(acme).content
    mapping = content.pop("response")
    tested = (TENANTS / "fjord-outdoor" / "integrations" / "customer_lookup.json").read_text()

    assert content == json.loads(tested.replace("fjord-outdoor", "acme"))
    assert mapping["fields"]["balance"] == {
        "identifier": "balance.identifier",
        "balance": "balance.balance",
    }


@pytest.mark.parametrize("preset", PresetName)
def test_every_comment_of_a_preset_has_its_member(preset: PresetName) -> None:
    chosen = PRESETS[preset]
    record = chosen.integration("acme")

    for path, comment in chosen.comments.items():
        node = record
        for step in path.split("."):
            node = node[step]
        assert comment.split(" ")[0] in commented(record, {path: comment}, "")


def test_init_says_where_the_secret_may_have_to_go() -> None:
    shown = tillctl("init", "acme", "--preset", "business-central").stdout

    assert (
        "tillctl secrets set acme entra-client --origin https://api.businesscentral.dynamics.com "
        "--origin https://login.microsoftonline.com\n"
    ) in shown


def test_init_writes_over_nothing(acme: Path) -> None:
    acme.write_text("{}")

    result = tillctl("init", "acme", "--preset", "odoo")

    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert acme.read_text() == "{}"
    assert tillctl("init", "acme", "--preset", "odoo", "--force").exit_code == 0


def test_init_refuses_what_is_no_tenants_id() -> None:
    result = tillctl("init", "Acme!", "--preset", "odoo")

    assert result.exit_code == 2
    assert "2 to 41 of a-z" in result.stderr
    assert not Path("Acme!").exists()


def test_the_schemas_that_init_writes_are_those_of_the_records(acme: Path) -> None:
    schema = acme.parent / read_record(acme).document.value["$schema"]

    exported = json.loads(tillctl("export-schema").stdout)

    assert json.loads(schema.read_text()) == exported["INTEGRATION"]
    assert exported.keys() == {kind.label for kind in KINDS}


def test_a_schema_describes_its_fields_and_allows_the_binding_to_it() -> None:
    tillctl("export-schema", "--into", "schemas")

    schema = json.loads(Path("schemas/integration.json").read_text())

    request = schema["$defs"]["RequestSpec"]["properties"]
    assert request["timeout_ms"]["description"] == "Per attempt."
    assert schema["properties"].keys() >= {"$schema", "request", "examples"}
    assert "is" in schema["$defs"]["OutcomeRule"]["properties"]


def test_what_is_for_the_editor_is_no_part_of_the_record(acme: Path) -> None:
    assert "$schema" in acme.read_text()
    assert "$schema" not in read_record(acme).content


def test_a_fault_is_shown_with_its_place_its_text_and_what_to_do(acme: Path) -> None:
    replace(acme, '"name": "name"', '"name": "\\u0041 & (last"')

    result = tillctl("check", acme)

    assert result.exit_code == 1
    line = next(n for n, text in enumerate(acme.read_text().splitlines(), 1) if "(last" in text)
    head, message, excerpt, carets, hint = result.stdout.splitlines()[:5]
    assert head == f"✗ {acme}:{line}:30  response.fields.name"
    assert message.startswith("  S0203")
    assert excerpt.endswith(r'│ "name": "\u0041 & (last",')
    assert excerpt[carets.index("^")] == '"'  # where the text ends, and ) is missing
    assert hint.startswith("  → ")


def test_every_fault_is_told_at_once(acme: Path) -> None:
    replace(acme, '"retries": 1', '"retries": 7, "retry": 1')
    replace(acme, '"method": "GET"', '"method": "FETCH"')

    result = tillctl("check", acme, "--json")

    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert not said["ok"]
    assert {fault["path"] for fault in said["faults"]} == {
        "request.method",
        "request.retries",
        "request.retry",
    }
    assert all(fault["line"] > 1 and fault["file"] == str(acme) for fault in said["faults"])


def test_an_example_that_does_not_hold_is_shown_where_it_expects(acme: Path) -> None:
    replace(acme, '"name": "name"', '"name": "city"')

    result = tillctl("check", acme)

    assert "examples.0.expect.0.name" in result.stdout
    assert '"name": "Jane Doe"' in result.stdout
    assert 'got "København V"' in result.stdout


def test_a_file_that_is_not_json_is_shown_where_reading_stopped(acme: Path) -> None:
    replace(acme, '"enabled": true,', '"enabled": true')

    result = tillctl("check", acme)

    assert result.exit_code == 1
    assert "Expected a comma or }" in result.stdout
    assert '"enabled": true' in result.stdout


def test_a_long_line_is_shown_around_its_fault(acme: Path) -> None:
    replace(acme, '"name": "name"', f'"name": "{"name & " * 40}(", "x": "{"y & " * 40}y"')

    excerpt = tillctl("check", acme).stdout.splitlines()[2]

    assert excerpt.count("…") == 2
    assert len(excerpt) < 90


def test_a_system_on_this_machine_is_told_how_it_can_be_called(acme: Path) -> None:
    replace(acme, "https://crm.acme.example/api", "http://127.0.0.1:9000/api")

    assert "make run ALLOW_ORIGINS=http://127.0.0.1:9000," in tillctl("check", acme).stdout


def test_plain_json_is_read_as_well() -> None:
    assert tillctl("check", TENANTS / "kaffe-huset").exit_code == 0


@pytest.mark.parametrize(
    ("path", "says"),
    [("nowhere.jsonc", "There is no file"), (".", "There is no record in")],
)
def test_what_cannot_be_read_is_one_screen(path: str, says: str) -> None:
    result = tillctl("check", path)

    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.output


def test_a_file_in_the_wrong_place_is_not_taken_for_a_profile(acme: Path) -> None:
    acme.rename("acme/customer_lookup.jsonc")

    result = tillctl("check", "acme")

    assert result.exit_code == 2
    assert "customer_lookup.jsonc is named as no kind" in result.stderr


def test_bytes_that_are_no_text_are_one_screen() -> None:
    Path("record.jsonc").write_bytes(b"\xff\xfe{}")

    assert "not UTF-8" in tillctl("check", "record.jsonc").stderr


@pytest.mark.usefixtures("acme")
def test_a_folders_records_are_read_with_the_profile_first() -> None:
    names = [read_record(file).name for file in record_files(Path("acme"))]

    assert names == ["PROFILE", "INTEGRATION#customer_lookup"]
    assert {read_record(file).tenant_id for file in record_files(Path("acme"))} == {"acme"}


def test_a_file_outside_a_folder_is_known_by_what_it_holds(acme: Path) -> None:
    Path("elsewhere.jsonc").write_text(acme.read_text())

    assert read_record(Path("elsewhere.jsonc")).name == "INTEGRATION#customer_lookup"


def test_commented_text_says_the_same_as_the_value() -> None:
    value = {"a": {"b": [1, {"c": "ø"}], "d": {}}, "e": "x" * 120}

    text = commented(value, {"a.b": "Look: // here.", "e": "and " * 60}, "Two\nlines")

    assert parse(text).value == value
    assert text.startswith("// Two\n// lines\n{")
    assert max(map(len, text.splitlines())) < 140


def test_a_folder_that_cannot_be_made_is_one_screen() -> None:
    Path("taken").write_text("")

    result = tillctl("export-schema", "--into", "taken/schemas")

    assert result.exit_code == 2
    assert result.stderr.startswith("✗ taken")


def test_a_secret_that_stands_in_a_file_is_not_shown(acme: Path) -> None:
    replace(acme, '"headers": {', '"headers": { "X-Api-Key": "hunter2-very-secret",')

    checked = tillctl("check", str(acme))

    assert checked.exit_code == 1
    assert "This looks like a secret" in checked.output
    assert "hunter2" not in checked.output


def test_a_byte_order_mark_is_no_fault(acme: Path) -> None:
    acme.write_text("\ufeff" + acme.read_text(), encoding="utf-8")

    assert tillctl("check", str(acme)).exit_code == 0


def test_a_file_belongs_to_the_folder_that_it_lies_in(acme: Path) -> None:
    """A record beside `integrations/` went to the tenant of the folder above."""
    elsewhere = Path("shops/acme-two/lookup.jsonc")
    elsewhere.parent.mkdir(parents=True)
    elsewhere.write_text(acme.read_text())

    assert read_record(acme).tenant_id == "acme"
    assert read_record(elsewhere).tenant_id == "acme-two"


def test_nothing_commands_the_terminal() -> None:
    for text in ("\x1b[31m", "\x9b31m", "\u202e"):
        assert screen.cell(text).plain.isprintable()

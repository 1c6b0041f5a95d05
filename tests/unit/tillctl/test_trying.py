"""`try` and `record` with a saved answer: what is shown of it, and what is kept."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.tillctl import tillctl
from tools.tillctl.record_file import read_record

LOOKUP = Path("acme/integrations/customer_lookup.jsonc")
JANE = {
    "id": 41,
    "name": "Jane Doe",
    "phone": False,
    "currency_id": [1, "EUR"],
    "credit": -16.75,
}


@pytest.fixture(autouse=True)
def odoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with Odoo's records, which is the current one."""
    monkeypatch.chdir(tmp_path)
    tillctl("init", "acme", "--preset", "odoo")


def saved(*people: Any) -> Path:
    Path("answer.json").write_text(json.dumps({"jsonrpc": "2.0", "result": people}))
    return Path("answer.json")


def tried(answer: Path, *options: str) -> Any:
    return tillctl("try", LOOKUP, "--search-term", "jane", "--response", answer, *options)


def fields_of(item: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {field["field"]: field for field in item}


def row(screen: str, field: str) -> str:
    return next(line for line in screen.splitlines() if line.startswith(f"{field} "))


def test_the_request_is_shown_with_its_secret_masked() -> None:
    result = tried(saved(JANE))

    assert result.exit_code == 0
    assert "POST https://acme.odoo.com/jsonrpc" in result.stdout
    assert '["name", "ilike", "jane"]' in result.stdout
    assert '"••••"' in result.stdout


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        ({"kind": "bearer", "secret": "s"}, "Authorization: Bearer ••••"),
        ({"kind": "basic", "secret": "s"}, "Authorization: Basic ••••"),
        ({"kind": "api_key", "secret": "s", "in": "query", "name": "key"}, "/jsonrpc?key=••••"),
        (
            {"kind": "hmac", "secret": "s", "header": "X-Signed", "prefix": "v1="},
            "X-Signed: v1=••••",
        ),
    ],
)
def test_every_kind_of_credential_is_masked(auth: dict[str, str], shown: str) -> None:
    content = read_record(LOOKUP).content | {"auth": auth}
    LOOKUP.write_text(json.dumps(content))

    assert shown in tried(saved(JANE)).stdout


def test_each_field_stands_beside_the_expression_that_made_it_with_its_type() -> None:
    shown = tried(saved(JANE)).stdout

    assert row(shown, "identifier").split() == ["identifier", "id", "41", "number", "→", "text"]
    assert row(shown, "name").split() == ["name", "name", "Jane", "Doe", "text"]
    assert row(shown, "phone").split() == ["phone", "phone", "(blank)", "true/false"]
    assert "16.75" in row(shown, "balance.balance")  # the profile's currency, EUR, was asked for


def test_a_currency_of_the_till_goes_before_the_profiles() -> None:
    result = tried(saved(JANE), "--json", "--currency-code", "DKK")

    (item,) = json.loads(result.stdout)["items"]
    assert fields_of(item)["balance.balance"]["value"] is None


def test_a_field_of_ones_own_may_have_a_dot_in_its_name() -> None:
    content = read_record(LOOKUP).content
    content["response"]["fields"]["loyalty.tier"] = "'gold'"
    LOOKUP.write_text(json.dumps(content))

    (item,) = json.loads(tried(saved(JANE), "--json").stdout)["items"]

    assert fields_of(item)["loyalty.tier"]["value"] == "gold"


@pytest.mark.parametrize(
    "response",
    [
        {"expression": "result.{'identifier': $string(id), 'name': name, 'x': {'y': credit}}"},
        {"items": "result.{'identifier': $string(id), 'name': name, 'x': {'y': credit}}"},
    ],
)
def test_a_mapping_without_fields_is_shown_by_what_it_makes(response: dict[str, str]) -> None:
    content = read_record(LOOKUP).content
    LOOKUP.write_text(json.dumps(content | {"response": response}))

    (item,) = json.loads(tried(saved(JANE), "--json").stdout)["items"]

    fields = fields_of(item)
    assert (fields["identifier"]["value"], fields["name"]["value"]) == ("41", "Jane Doe")
    assert fields["identifier"]["expression"] is None


def test_an_error_is_marked_at_its_field_and_hides_no_other() -> None:
    result = tried(saved(JANE | {"credit": "much"}), "--json")

    (item,) = json.loads(result.stdout)["items"]
    fields = fields_of(item)
    assert result.exit_code == 1
    assert "negate" in fields["balance.balance"]["error"]
    assert fields["name"]["error"] is None
    assert "✗ D1002" in tried(saved(JANE | {"credit": "much"})).stdout


def test_a_value_that_no_customer_can_have_is_marked_at_its_field() -> None:
    result = tried(saved(JANE | {"id": ""}, JANE), "--json")

    broken, good = json.loads(result.stdout)["items"]
    assert result.exit_code == 1
    assert fields_of(broken)["identifier"]["error"]
    assert not fields_of(good)["identifier"]["error"]


def test_what_the_till_gets_of_a_failure_is_shown_in_its_words() -> None:
    Path("answer.json").write_text('{"error": {"data": {"name": "odoo.exceptions.AccessDenied"}}}')

    result = tried(Path("answer.json"))

    assert result.exit_code == 1
    assert "upstream_unauthorized" in result.stdout
    assert "On the till: " in result.stdout


def test_a_status_of_the_answer_can_be_said() -> None:
    said = json.loads(tried(saved(), "--status", "503", "--json").stdout)

    assert said["error"]["code"] == "upstream_failed"


def test_nobody_found_is_no_failure() -> None:
    result = tried(saved())

    assert result.exit_code == 0
    assert "nobody was found" in result.stdout


def test_a_long_answer_is_bounded_unless_it_is_wanted() -> None:
    answer = saved(*({**JANE, "id": number} for number in range(40)))

    assert "more lines: --full" in tried(answer).stdout
    assert "37 more: --full" in tried(answer).stdout
    assert "40 of 40" in tried(answer, "--full").stdout


def test_an_answer_that_is_not_json_is_shown_as_it_is() -> None:
    Path("answer.json").write_text("<html>[bold]maintenance[/bold]</html>")

    result = tried(Path("answer.json"))

    assert "[bold]maintenance[/bold]" in result.stdout
    assert "upstream_unreadable" in result.stdout


def test_an_answer_cannot_command_the_terminal() -> None:
    Path("answer.json").write_text("<html>\x1b]0;owned\x07\x9b2J</html>")

    shown = tried(Path("answer.json")).stdout

    assert not {"\x1b", "\x07", "\x9b"} & set(shown)
    assert r"\x1b]0;owned\x07" in shown


def test_a_record_that_cannot_be_used_is_shown_with_its_faults() -> None:
    LOOKUP.write_text(LOOKUP.read_text().replace('"items": "result"', '"items": "result["'))

    result = tried(saved(JANE))

    assert result.exit_code == 1
    assert "response.items" in result.stdout
    assert "^" in result.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "--local or --stack"),
        (["--against", "nowhere"], "no address"),
        (["--against", "http://127.0.0.1:1", "--response", "x"], "exclude each other"),
        (["--response", "nowhere.json"], "cannot be read"),
        (["--local"], "make run"),
        (["--local", "--stack", "x"], "exclude each other"),
    ],
)
def test_whom_to_ask_has_to_be_clear(
    options: list[str], says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tools.tillctl.environments.ROOT", tmp_path)

    result = tillctl("try", LOOKUP, "--search-term", "jane", *options)

    assert result.exit_code in (2, 3)
    assert says in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--search-term", "jane", "--currency-code", "dkk"], "currency_code"),
        (["--search-term", "x" * 129], "search_term"),
        (["--search-term", " "], "blank"),
    ],
)
def test_what_a_till_could_not_ask_is_not_asked(options: list[str], says: str) -> None:
    result = tillctl("try", LOOKUP, "--response", saved(JANE), *options)

    assert result.exit_code == 2
    assert says in result.stderr


def test_an_answer_is_kept_as_an_example_that_holds_with_nobody_in_it() -> None:
    before = LOOKUP.read_text()
    options = ("--response", saved(JANE), "--name", "a debtor", "--yes")

    result = tillctl("record", LOOKUP, "--search-term", "jane", *options)

    assert result.exit_code == 0
    *others, added = read_record(LOOKUP).content["examples"]
    (customer,) = added["expect"]
    assert added["name"] == "a debtor"
    assert added["input"]["search_term"] in customer["name"].lower()
    assert "Jane" not in json.dumps(added)
    assert customer.keys() == {"identifier", "name", "balance"}
    assert LOOKUP.read_text().startswith(before[: before.rindex("  ]")].rstrip())
    assert len(others) == 4
    assert tillctl("check", LOOKUP).exit_code == 0


@pytest.mark.parametrize("examples", ['"examples": [], // none yet', "// none yet"])
def test_the_first_example_finds_its_place(examples: str) -> None:
    text = LOOKUP.read_text()
    begins = text.index('  "examples"')
    LOOKUP.write_text(f"{text[:begins]}  {examples}\n}}\n")
    options = ("--response", saved(JANE), "--yes")

    tillctl("record", LOOKUP, "--search-term", "jane", *options)

    assert len(read_record(LOOKUP).content["examples"]) == 1
    assert "// none yet" in LOOKUP.read_text()


def test_nothing_is_kept_that_was_not_agreed_to() -> None:
    before = LOOKUP.read_text()
    command = ("record", LOOKUP, "--search-term", "jane", "--response", saved(JANE))

    result = tillctl(*command, typed="n\n")

    assert result.exit_code == 1
    assert "Nothing was saved" in result.stderr
    assert LOOKUP.read_text() == before


def test_a_stand_in_that_changes_the_result_is_pointed_out() -> None:
    content = read_record(LOOKUP).content
    content["response"]["fields"]["city"] = "$contains(name, /Jane Doe$/) ? 'Aarhus'"
    LOOKUP.write_text(json.dumps(content))

    result = tillctl("record", LOOKUP, "--search-term", "jane", "--response", saved(JANE), "--yes")

    assert "something else than the real one" in result.stdout


def test_a_profile_asks_no_system() -> None:
    result = tillctl("try", "acme/profile.jsonc", "--search-term", "jane")

    assert result.exit_code == 2
    assert "acme/profile.jsonc is no integration's record" in result.stderr


def test_an_operation_about_one_customer_is_tried_with_its_id() -> None:
    tillctl("init", "lumen", "--preset", "hubspot", "--screen")
    details = Path("lumen/integrations/customer_details.jsonc")
    contact = {"id": "512", "properties": {"firstname": "Jane"}, "createdAt": "2026-01-05"}
    Path("contact.json").write_text(json.dumps(contact))

    result = tillctl("try", details, "--customer-id", "51/2", "--response", "contact.json")
    without = tillctl("try", details, "--response", "contact.json")

    assert "/contacts/51%2F2?properties=" in result.stdout
    assert row(result.stdout, "name").split()[-2] == "Jane"
    assert "Say which: --customer-id" in without.stderr


def test_an_operation_that_changes_something_is_not_tried_at_the_merchants() -> None:
    tillctl("init", "lumen", "--preset", "hubspot", "--screen")
    change = Path("lumen/integrations/profile_update.jsonc")

    result = tillctl("try", change)
    saved_answer = tillctl("try", change, "--response", saved(JANE))

    assert result.exit_code != 0
    assert "This operation changes something at the merchant's." in result.stderr
    assert '"hs_email_optout": "true"' in saved_answer.stdout


def test_a_preset_without_a_screen_says_so() -> None:
    result = tillctl("init", "bryghus", "--preset", "business-central", "--screen")

    assert "There are no records of the screen for business-central yet." in result.stderr


def test_a_search_needs_what_a_cashier_types() -> None:
    assert "Say what a cashier types" in tillctl("try", LOOKUP, "--response", saved(JANE)).stderr

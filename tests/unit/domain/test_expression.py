"""Expressions: what they give, what is refused, how they fail, and that the fast path is exact."""

import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tillbridge.domain import limits
from tillbridge.domain.expression import (
    Expression,
    ExpressionFailed,
    ExpressionRefused,
    evaluation_bounds,
)
from tillbridge.domain.expression.engine import compile_by_engine
from tillbridge.domain.expression.plain_path import compile_plain

CUSTOMER: dict[str, Any] = {
    "first": "Jane",
    "last": "O'Hara",
    "middle": None,
    "id": 42,
    "account": {"no": 7, "amount": 5.5},
    "tags": ["vip"],
    "orders": [{"total": 10, "lines": [1, 2]}, {"total": 20, "lines": [3]}, {"total": None}],
    "none": [],
    "visits": [{"shops": ["Aarhus"], "notes": [None]}, {}],
    "odd name": {"x-y": True},
}


def evaluate(source: str, document: Any = CUSTOMER) -> Any:
    return Expression.compile(source).evaluate(document)


def refusal(source: str) -> ExpressionRefused:
    with pytest.raises(ExpressionRefused) as raised:
        Expression.compile(source)
    return raised.value


def failure(source: str, document: Any = CUSTOMER) -> ExpressionFailed:
    expression = Expression.compile(source)
    with pytest.raises(ExpressionFailed) as raised:
        expression.evaluate(document)
    return raised.value


def engine_only(_source: str) -> Any:
    raise AssertionError("the engine was asked")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("first", "Jane"),
        (" account.no ", 7),
        ("account.missing.deeper", None),
        ("first.anything", None),
        ("middle", None),
        ("tags", ["vip"]),
        ("tags[0]", "vip"),
        ("tags[-1]", "vip"),
        ("tags[1]", None),
        ("first[0]", "Jane"),
        ("none", []),
        ("orders.total", [10, 20, None]),
        ("orders[0].lines", [1, 2]),
        ("orders[1].lines", [3]),
        ("orders.lines", [1, 2, 3]),
        ("orders.lines[0]", [1, 3]),
        ("orders[-2].total", 20),
        ("`odd name`.`x-y`", True),
        ("$.first", "Jane"),
        ("$$.account.amount", 5.5),
        ("$", CUSTOMER),
        ("visits.shops", ["Aarhus"]),
        ("visits.shops[0]", "Aarhus"),
        ("visits.notes", [None]),
    ],
)
def test_a_plain_path_finds_what_jsonata_finds(source: str, expected: Any) -> None:
    plain = compile_plain(source, engine_only)
    assert plain is not None
    assert plain(CUSTOMER) == expected == compile_by_engine(source)(CUSTOMER)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("first & ' ' & last", "Jane O'Hara"),
        ('first&"-"&missing&"-"', "Jane--"),
        ("first & middle", "Janenull"),
        ("first & visits.notes[0]", "Janenull"),
        ("'no ' & id", "no 42"),
        ("'a & b: ' & first", "a & b: Jane"),
    ],
)
def test_a_concatenation_needs_no_engine_for_texts_and_integers(source: str, expected: str) -> None:
    plain = compile_plain(source, engine_only)
    assert plain is not None
    assert plain(CUSTOMER) == expected == compile_by_engine(source)(CUSTOMER)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("first & account", 'Jane{"no":7,"amount":5.5}'),
        ("'' & account.amount & `odd name`.`x-y`", "5.5true"),
        ("$uppercase(first)", "JANE"),
        ("orders[total = 20].lines", [3]),
        ("orders.{'sum': total}", [{"sum": 10}, {"sum": 20}, {"sum": None}]),
        ("[first, middle]", ["Jane", None]),
        ("{'gone': missing, 'null': middle}", {"null": None}),
        ("$sum(orders[[0..1]].total)", 30),
        ("missing.deeper ? 1", None),
        ("[1..3]", [1, 2, 3]),
        ("$match(first, /a(n)/).groups", ["n"]),
        ("$replace(last, /[^a-z]+/i, '-')", "O-Hara"),
        ("$formatNumber(1234.5, '#,##0.00')", "1,234.50"),
        ("$fromMillis(0, '[Y0001]-[M01]-[D01]')", "1970-01-01"),
        ("$toMillis('1970-01-02T00:00:00Z')", 86_400_000),
        ("$map(orders, function($o){ $count($o.lines) })", [2, 1, 0]),
        ("$distinct([1, 1, 2])", [1, 2]),
        ("$sort([2, 1])", [1, 2]),
        ("orders ~> |$|{'x': 1}, 'lines'|", [{"total": t, "x": 1} for t in (10, 20, None)]),
        ("1 in [1, 2] and 'vip' in tags", True),
        ("$map(['b'], $pad(?, 2, '-'))", "b-"),
    ],
)
def test_everything_else_is_jsonata(source: str, expected: Any) -> None:
    assert compile_plain(source, compile_by_engine) is None or "&" in source
    assert evaluate(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("$odata(last)", "O''Hara"),
        ("last.$odata()", "O''Hara"),
        ('"name eq \'" & $odata(last) & "\'"', "name eq 'O''Hara'"),
        ("$odata(id)", "42"),
        ("$odata(account.amount)", "5.5"),
        ("$odata(middle)", "null"),
        ("$odata({'a': last})", '{"a":"O\'\'Hara"}'),
        ("$odata(missing)", None),
    ],
)
def test_odata_escapes_what_stands_between_quotes(source: str, expected: str | None) -> None:
    assert evaluate(source) == expected


def only_plain_types(value: Any) -> bool:
    if type(value) is list:
        return all(map(only_plain_types, value))
    if type(value) is dict:
        return all(type(k) is str and only_plain_types(v) for k, v in value.items())
    return value is None or type(value) in (str, int, float, bool)


@pytest.mark.parametrize(
    "source",
    ["orders.total", "orders[[0..1]]", "**", "*", "[orders, [tags]]", "$zip(tags, tags)"],
)
def test_a_result_is_made_of_plain_types(source: str) -> None:
    assert only_plain_types(evaluate(source))


@pytest.mark.parametrize("source", ["$uppercase", "/a/", "{'f': function($x){ 1 }}"])
def test_a_function_is_not_a_result(source: str) -> None:
    assert failure(source).kind == "type"


def test_long_integers_stay_integers_on_every_path() -> None:
    long_id = 2**53 + 1
    assert evaluate("id", {"id": long_id}) == long_id
    assert evaluate("{'id': id}", {"id": long_id}) == {"id": long_id}


def test_arithmetic_computes_in_doubles() -> None:
    assert evaluate("id + 0", {"id": 2**53 + 1}) == 2**53


@pytest.mark.parametrize(
    ("source", "position", "words"),
    [
        ("first &", 7, "S0207"),
        ("orders[total", 12, "S0203"),
        ("`first", 6, "S0105"),
        ("'first", 6, "S0101"),
        ("", 0, "S0207"),
        ("first $$ last", 8, "S0201"),
        ("/* open", 7, "IndexError"),
        ("$match(first, /(/)", 18, "S0302"),
        ("$match(first, /a{2}{3}/)", 23, "multiple repeat"),
        ("$eval('1')", 5, "$eval is not allowed"),
        ("first & $random()", 15, "$random is not allowed"),
        ("$shuffle(tags)", 8, "$shuffle is not allowed"),
        ("$upercase(first)", 9, "There is no $upercase"),
        ("uppercase(first)", 10, "uppercase is not a function"),
        ("$match(first, /(a+)+/)", 21, "repeats a group"),
        ("$pad(first, 20000)", 17, "$pad makes"),
        ("[0..10000]", 4, "more than 10000 numbers"),
    ],
)
def test_a_refusal_says_where_and_why(source: str, position: int, words: str) -> None:
    refused = refusal(source)
    assert refused.position == position
    assert words in refused.message
    assert refused.hint
    assert words in str(refused)
    assert refused.hint in str(refused)


def test_a_misspelled_function_is_named() -> None:
    assert refusal("$upercase(first)").hint == "Did you mean $uppercase?"


@pytest.mark.parametrize(
    "source",
    [
        "($x := 1; $x)",
        "orders@$o.($o.total)",
        "orders#$i.$i",
        "orders[total > 1]#$i.$i",
        "$map(orders, function($o, $i){ $i })",
        "$$.first",
    ],
)
def test_a_variable_that_the_expression_binds_is_known(source: str) -> None:
    Expression.compile(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("'" + "x" * 33_000 + "'", "32 KB"),
        ("'" + "ø" * 17_000 + "'", "32 KB"),
        ("1" + "+1" * 300, "500 parts"),
        ("a" + "^(a)" * 5_000, "500 parts"),
        ("(" * 3_000 + "1" + ")" * 900, "S0203"),
        ("(" * 40 + "a" + "?:a)" * 40, "too long to read"),
    ],
)
def test_what_is_too_large_is_refused(source: str, words: str) -> None:
    assert words in refusal(source).message


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|b)*", "((a*))*", "(?:x(a+)y){2,}", "(a+){30}"])
def test_a_regex_that_can_take_forever_is_refused(pattern: str) -> None:
    assert "repeats a group" in refusal(f"$contains(first, /{pattern}/)").message


@pytest.mark.parametrize(
    "pattern",
    [r"^\d{2}( \d{2}){3}$", "(ab)+", "a+b*", "(DK|SE)?-", r"[(+)*]+", r"\(a+\)+", "a{2,}"],
)
def test_an_ordinary_regex_is_allowed(pattern: str) -> None:
    assert evaluate(f"$contains(first, /{pattern}/)") in (True, False)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("first + 1", "T2001"),
        ("id(1)", "T1006"),
        ("$uppercase(7)", "T0410"),
        ("1 / 0", "ZeroDivisionError"),
        ("1e308 * 10", "D1001"),
        ("$error(last)", "D3137"),
        ("{account: 1}", "T1003"),
        ("$length(first) < first", "T2009"),
        ("($f := function($n){ 1 + $f($n) }; $f(1))", "recursion limit"),
        ("($f := function($n){ $f($n) }; $f(1))", "time limit"),
        ("$pad('x', id * 1000)", "size limit"),
        ("$match($pad('a', 10000, 'a') & 'b', /b/)", "size limit"),
        ("$fromMillis(0, '[Y,1-99999999]')", "size limit"),
    ],
)
def test_a_failure_has_a_kind_and_quotes_no_value(source: str, kind: str) -> None:
    failed = failure(source)
    assert failed.kind == kind
    assert str(failed).startswith(kind)
    for personal in ("Jane", "O'Hara", "42", "5.5"):
        assert personal not in str(failed)


def test_a_failure_of_a_call_has_its_position() -> None:
    assert failure("first & $length(id)").position == 16


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("[[1..9999], [1..9999]]", "10000 values"),
        ("{'a': $pad('x', 10000), 'b': [1..105].($pad('x', 10000))}", "characters"),
        ("($n := [1]; $f := function($n, $i){ $i = 0 ? $n : $f([[$n]], $i - 1) }; $f([[$n]], 200))",
         "deeper"),
    ],
)  # fmt: skip
def test_a_result_has_a_largest_size(source: str, words: str) -> None:
    failed = failure(source)
    assert failed.kind == "size limit"
    assert words in str(failed)


def test_memory_is_bounded() -> None:
    expression = Expression.compile("$map([1..9999], function($i){ [1..9999] })")
    with (
        pytest.raises(ExpressionFailed, match="memory limit"),
        evaluation_bounds(time_limit_s=20, memory_limit_bytes=64 * 1024 * 1024),
    ):
        expression.evaluate({})
    assert evaluate("$uppercase(first)") == "JANE"


def test_a_nested_time_limit_is_a_bug_that_leaves_the_outer_one_alone() -> None:
    with limits.time_limit(10):
        with pytest.raises(RuntimeError, match="nested"), limits.time_limit(20):
            pass
        assert signal.getitimer(signal.ITIMER_REAL)[0] <= 10


def test_one_bound_counts_for_a_whole_batch() -> None:
    quick = Expression.compile("$sum($map([1..300], function($i){ $i * 2 }))")
    sums = []

    def batch() -> None:
        with evaluation_bounds(time_limit_s=0.1):
            for _ in range(100_000):
                sums.append(quick.evaluate({}))  # noqa: PERF401 (what is done must be kept)

    with pytest.raises(ExpressionFailed, match="time limit"):
        batch()
    assert 0 < len(sums) < 100_000


def test_bounds_inside_bounds_change_nothing() -> None:
    started_s = time.monotonic()
    endless = Expression.compile("($f := function($n){ $f($n) }; $f(1))")
    with (
        pytest.raises(ExpressionFailed, match=r"0\.1 s"),
        evaluation_bounds(time_limit_s=0.1),
        evaluation_bounds(time_limit_s=60),
    ):
        endless.evaluate({})
    assert time.monotonic() - started_s < 5


def test_plain_paths_set_no_timer() -> None:
    with evaluation_bounds() as bounds:
        assert evaluate("account.no") == 7
        assert evaluate("first & ' ' & last") == "Jane O'Hara"
        assert not bounds.armed
        evaluate("id + 1")
        assert bounds.armed
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_plain_path_does_not_import_the_engine() -> None:
    program = """
import sys
from tillbridge.domain.expression import Expression
Expression.compile("a.b[0]").evaluate({}), Expression.compile("a & ' ' & b").evaluate({})
sys.exit("jsonata" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_what_one_evaluation_assigns_the_next_does_not_see() -> None:
    expression = Expression.compile("$seen ? $seen : $seen := first")
    assert expression.evaluate({"first": "Jane"}) == "Jane"
    assert expression.evaluate({"first": "Joe"}) == "Joe"


def test_an_interrupted_expression_works_the_next_time() -> None:
    expression = Expression.compile(
        "($total := 0; $sum($map(items, function($i){ $i.n > 1 ? $i.n : ($x := $i.n; $x) })))"
    )
    document = {"items": [{"n": n} for n in range(50)]}
    expected = expression.evaluate(document)
    for microseconds in range(100, 4_000, 100):
        with (
            pytest.raises(ExpressionFailed, match="time limit"),
            evaluation_bounds(time_limit_s=microseconds / 1e6),
        ):
            expression.evaluate({"items": [{"n": 1_000}] * 5_000})
        assert expression.evaluate(document) == expected


def test_expressions_do_not_disturb_each_other() -> None:
    first = Expression.compile("$map(tags, function($t){ $t & $$.first })")
    second = Expression.compile("$map(tags, function($t){ $t & $$.last })")
    assert first.evaluate(CUSTOMER) == "vipJane"
    assert second.evaluate(CUSTOMER) == "vipO'Hara"
    assert first.evaluate(CUSTOMER) == "vipJane"


def test_now_is_the_time_of_the_evaluation() -> None:
    expression = Expression.compile("$millis()")
    Expression.compile("$now()")  # the engine would tell the time of the latest compilation
    time.sleep(0.02)
    before_ms = time.time() * 1000
    assert before_ms - 1 <= expression.evaluate({}) <= time.time() * 1000 + 1


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    failure("($x := $; $x(1))")
    assert capsys.readouterr() == ("", "")


def test_the_document_is_left_as_it_was() -> None:
    document: dict[str, Any] = {"none": [], "a": {"b": 1}}
    assert evaluate("none{'a': 1}", document) == {"a": 1}
    evaluate("$ ~> |a|{'c': 2}|", document)
    result = evaluate("{'a': a}", document)
    result["a"]["b"] = 2
    assert document == {"none": [], "a": {"b": 1}}


# Few names and much nesting, so that a path often meets something.
names = st.sampled_from(["a", "b", "`d e`"])
indices = st.sampled_from([0, 0, 1, -1, -3])
scalars = (
    st.sampled_from([None, True, 0, 1, "x"])
    | st.integers(min_value=-(10**18), max_value=10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
)


def arrays_and_objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.fixed_dictionaries({}, optional={"a": inner, "b": inner, "d e": inner})
    return st.lists(inner, max_size=3) | st.lists(objects, max_size=3) | objects


documents = scalars | st.one_of(
    arrays_and_objects(arrays_and_objects(arrays_and_objects(scalars) | scalars) | scalars)
)


@st.composite
def paths(draw: st.DrawFn) -> str:
    def step(name: str) -> str:
        return name + "".join(f"[{i}]" for i in draw(st.lists(indices, max_size=2)))

    steps = [step(name) for name in draw(st.lists(names, min_size=1, max_size=3))]
    root = draw(st.sampled_from(["", "", "$", "$$"]))
    if root:
        steps = [step(root), *steps[1:]]
    return ".".join(steps)


operands = paths() | st.text(st.sampled_from("xy &.$[]/"), max_size=4).map(lambda text: f"'{text}'")
concatenations = st.lists(operands, min_size=2, max_size=4).map(" & ".join)


def check_agrees_with_the_engine(source: str, document: Any) -> None:
    plain = compile_plain(source, compile_by_engine)
    assert plain is not None
    found, expected = plain(document), compile_by_engine(source)(document)
    # repr tells 1 from 1.0 and True.
    assert repr(found) == repr(expected)


@settings(max_examples=1_000, deadline=None)
@given(source=paths(), document=documents)
def test_a_plain_path_gives_exactly_what_the_engine_gives(source: str, document: Any) -> None:
    check_agrees_with_the_engine(source, document)


@settings(max_examples=300, deadline=None)
@given(source=concatenations, document=documents)
def test_a_concatenation_gives_exactly_what_the_engine_gives(source: str, document: Any) -> None:
    check_agrees_with_the_engine(source, document)

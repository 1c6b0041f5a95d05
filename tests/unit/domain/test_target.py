import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpora.ssrf_urls import RESOLVED_HOSTS, UrlCase, url_cases
from tillbridge.domain.target import Origin, check_url
from tillbridge.errors import AddressRefused

LISTED = frozenset({"http://127.0.0.1:9000", "https://crm.internal:9443", "http://[::1]:9000"})


def test_a_public_https_url_is_split_into_its_parts() -> None:
    target = check_url("https://crm.example.com/v2/contacts?q=jane&page=1")

    assert target.origin == Origin("https", "crm.example.com", 443)
    assert target.path_and_query == "/v2/contacts?q=jane&page=1"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://crm.example.com", "https://crm.example.com"),
        ("https://crm.example.com:443/", "https://crm.example.com"),
        ("https://crm.example.com:8443/", "https://crm.example.com:8443"),
        ("HTTPS://CRM.Example.COM/", "https://crm.example.com"),
        ("https://bücher.example.com/", "https://xn--bcher-kva.example.com"),
        ("https://BÜCHER.example.com/", "https://xn--bcher-kva.example.com"),
        ("https://crm.例え.テスト/", "https://crm.xn--r8jz45g.xn--zckzah"),
        ("https://4.crm-2.example.co.uk/", "https://4.crm-2.example.co.uk"),
        ("https://a.b.xn--p1ai/", "https://a.b.xn--p1ai"),
    ],
)
def test_every_spelling_of_an_origin_has_one_text_form(url: str, origin: str) -> None:
    assert str(check_url(url).origin) == origin


@pytest.mark.parametrize(
    ("url", "path_and_query"),
    [
        ("https://crm.example.com", "/"),
        ("https://crm.example.com?q=1", "/?q=1"),
        ("https://crm.example.com/a//b", "/a//b"),
        ("https://crm.example.com/a/...", "/a/..."),
        ("https://crm.example.com/.well-known/x", "/.well-known/x"),
        ("https://crm.example.com/a?b=../c", "/a?b=../c"),
        ("https://crm.example.com/gid%3A%2F%2Fshop%2F1", "/gid%3A%2F%2Fshop%2F1"),
        ("https://crm.example.com/a?b=https://@x:9/", "/a?b=https://@x:9/"),
    ],
)
def test_path_and_query_stay_as_they_are(url: str, path_and_query: str) -> None:
    assert check_url(url).path_and_query == path_and_query


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://crm.example.com/", "https://"),
        ("ftp://crm.example.com/", "https://"),
        ("crm.example.com/v2", "https://"),
        ("http\u017f://crm.example.com/", "https://"),
        ("https://crm.example.com/#top", "fragment"),
        ("https://crm.example.com:8080/", "443 or 8443"),
        ("https://crm.example.com:65536/", "65535"),
        ("https://crm.example.com:/", "port number"),
        ("https://jane:secret@crm.example.com/", "`auth`"),
        ("https://192.168.1.10/", "DNS name"),
        ("https://[2606:4700::1111]/", "DNS name"),
        ("https://crm/", "with a dot"),
        ("https://crm.example.com./", "without a dot at its end"),
        ("https://crm.example.com/a b", "percent-encode"),
        ("https://crm.example.com/a\\b", "percent-encode"),
        ("https://crm.example.com/bücher", "percent-encode"),
        ("https://crm.example.com/?q=bücher", "percent-encode"),
        ("https://crm.example.com/100%", "%25"),
        ("https://crm.example.com/?q=100%zz", "%25"),
        ("https://crm.example.com//a", "//"),
        ("https://crm.example.com/a/../b", ".. segment"),
        ("https://crm.example.com/a/%2E%2e", ".. segment"),
        ("https://crm.example.com/./b", ".. segment"),
        ("https://\u2066crm.example.com/", "international name"),
    ],
)
def test_a_refusal_says_what_to_change(url: str, advice: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        check_url(url)

    assert advice in refusal.value.detail


def test_a_refusal_does_not_repeat_the_query() -> None:
    with pytest.raises(AddressRefused) as refusal:
        check_url("https://crm.example.com/?q=jane.doe%")

    assert "jane" not in str(refusal.value)


def test_the_text_form_of_a_target_does_not_hold_the_query() -> None:
    target = check_url("https://crm.example.com/v2?q=jane.doe")

    assert repr(target) == "Target(https://crm.example.com/v2)"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:9000/v2", Origin("http", "127.0.0.1", 9000, is_private=True)),
        ("https://crm.internal:9443/v2", Origin("https", "crm.internal", 9443, is_private=True)),
        ("http://[::1]:9000/", Origin("http", "::1", 9000, is_private=True)),
    ],
)
def test_an_origin_that_the_operator_listed_is_allowed(url: str, origin: Origin) -> None:
    target = check_url(url, LISTED)

    assert target.origin == origin
    assert url.startswith(str(target.origin))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9001/",
        "https://127.0.0.1:9000/",
        "http://127.0.0.1/",
        "http://127.1:9000/",
        "http://2130706433:9000/",
        "http://x@127.0.0.1:9000/",
        "http://127.0.0.1:9000@crm.example.com/",
        "http://127.0.0.1:09000/",
        "https://crm.internal:9444/",
        "http://[0:0:0:0:0:0:0:1]:9000/",
    ],
)
def test_an_origin_that_is_almost_the_listed_one_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, LISTED)


def test_the_rules_of_a_path_hold_for_a_listed_origin_too() -> None:
    with pytest.raises(AddressRefused):
        check_url("http://127.0.0.1:9000/a/../b", LISTED)


def is_allowed(case: UrlCase) -> bool:
    try:
        check_url(case.url, frozenset({"http://127.0.0.1:9000"}))
    except AddressRefused:
        return False
    return True


def test_of_the_hostile_urls_only_names_are_left_to_the_resolver() -> None:
    cases = url_cases(port=45_678)
    allowed = {case.name.partition(", https://")[0] for case in cases if is_allowed(case)}

    assert len(cases) >= 1_500
    assert allowed == set(RESOLVED_HOSTS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_host_and_path_hold_the_answer_is_a_plain_target_or_a_refusal(
    host: str, rest: str
) -> None:
    try:
        target = check_url(f"https://{host}/{rest}")
    except AddressRefused:
        return
    assert check_url(f"{target.origin}{target.path_and_query}") == target
    assert target.origin.host.isascii()
    assert f"{target.path_and_query}x".isprintable()


@given(st.from_regex(r"\A(0x[0-9a-f]{1,8}|[0-9]{1,10})(\.(0x[0-9a-f]{1,4}|[0-9]{1,4})){0,3}\.?\Z"))
def test_no_number_is_a_host(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"https://{host}/")

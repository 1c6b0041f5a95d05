"""Session tokens that Shopify would not have made for this shop and now: none may be accepted.

Signed by hand, so that nothing which verifies them has a part in making them. Unless an entry is
about the signature, it is the right one: what is refused is refused for what the entry says.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from local.session_token import claims_of

SHOP, CLIENT_ID = "acme.myshopify.com", "0123456789abcdef0123456789abcdef"
NEWEST, BEFORE, RETIRED = ("shpss_" + digit * 32 for digit in "abc")
OTHER_SHOP, OTHER_CLIENT_ID = "rival.myshopify.com", "fedcba9876543210fedcba9876543210"
OTHER_SECRET = "shpss_" + "d" * 32
UNKNOWN_SHOP = "nobody.myshopify.com"

HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT"}
_TEXTS = ("aud", "dest", "iss", "jti", "sid", "sub")
_INSTANTS = ("exp", "iat", "nbf")
_PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
"""

Corpus = Iterator[tuple[str, str]]


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _part(document: Any) -> str:
    """Text as it is, anything else as JSON."""
    text = document if isinstance(document, str) else json.dumps(document)
    return encoded(text.encode())


def signed(header: Any, claims: Any, secret: str = NEWEST, digest: str = "sha256") -> str:
    """A token of these, whatever they are."""
    return signed_parts(_part(header), _part(claims), secret, digest)


def signed_parts(header: str, claims: str, secret: str = NEWEST, digest: str = "sha256") -> str:
    message = f"{header}.{claims}"
    return f"{message}.{encoded(hmac.digest(secret.encode(), message.encode(), digest))}"


def good_tokens(now_s: float) -> dict[str, str]:
    """What Shopify makes, within what clocks may differ by."""
    claims = claims_of(SHOP, CLIENT_ID, now_s)
    now = int(now_s)
    return {
        "newest secret": signed(HEADER, claims),
        "secret before": signed(HEADER, claims, BEFORE),
        "header the other way round": signed({"typ": "JWT", "alg": "HS256"}, claims),
        "just expired": signed(HEADER, claims | {"exp": now - 3}),
        "good in ten seconds": signed(HEADER, claims | {"nbf": now + 10, "iat": now + 10}),
        "with sig": signed(HEADER, claims | {"sig": "f07cf3740270c17fb61c700b2f0f2e7f2f4fc8cc"}),
    }


def bad_tokens(now_s: float) -> dict[str, str]:
    """By what is wrong with them."""
    claims = claims_of(SHOP, CLIENT_ID, now_s)
    sections = (_algorithms, _headers, _members, _instants, _shops, _audiences)
    entries = [entry for section in sections for entry in section(claims)]
    entries += [*_signatures(claims), *_encodings(claims), *_documents(claims), *_sizes(claims)]
    corpus = dict(entries)
    assert len(corpus) == len(entries) == len(set(corpus.values())), "an entry is there twice"
    return corpus


def _algorithms(claims: dict[str, Any]) -> Corpus:
    for alg in ("none", "None", "NONE", "nOnE", " none", "none ", "", "null", None):
        unsigned = f"{_part({'alg': alg, 'typ': 'JWT'})}.{_part(claims)}"
        yield f"alg {alg!r}, no signature", f"{unsigned}."
        yield f"alg {alg!r}, some signature", f"{unsigned}.AA"
        yield f"alg {alg!r}, signed", signed({"alg": alg, "typ": "JWT"}, claims)
    yield "no alg", signed({"typ": "JWT"}, claims)
    for bits in (384, 512):
        header = {"alg": f"HS{bits}", "typ": "JWT"}
        yield f"really HS{bits}", signed(header, claims, digest=f"sha{bits}")
        yield f"HS256, signed as HS{bits}", signed(HEADER, claims, digest=f"sha{bits}")
    for alg in ("RS256", "RS512", "ES256", "PS256", "EdDSA", "HS1", "hs256", "HS256 ", "HS256\n"):
        yield f"alg {alg!r}", signed({"alg": alg, "typ": "JWT"}, claims)
    for kind in (["HS256"], {"alg": "HS256"}, 256, True):
        yield f"alg {kind!r}", signed({"alg": kind, "typ": "JWT"}, claims)
    # The one who has the public key signs with it as if it were the secret.
    for alg in ("HS256", "RS256", "ES256"):
        header = {"alg": alg, "typ": "JWT"}
        yield f"{alg} by a public key", signed(header, claims, _PUBLIC_KEY)


def _headers(claims: dict[str, Any]) -> Corpus:
    extras: list[dict[str, Any]] = [
        {"kid": "1"},
        {"kid": "../../../../dev/null"},
        {"kid": "' UNION SELECT 'secret"},
        {"kid": "https://evil.example/key"},
        {"kid": {"$ne": None}},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"jwk": {"kty": "oct", "k": encoded(b"k" * 32)}},
        {"x5c": ["MII="]},
        {"x5t": "dGh1bWI"},
        {"crit": []},
        {"crit": ["exp"], "exp": 0},  # CVE-2026-32597: what is critical and not understood
        {"crit": ["urn:example:must-understand"], "urn:example:must-understand": True},
        {"crit": "exp"},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"enc": "A256GCM"},
        {"p2c": 2**31, "p2s": "c2FsdA"},
        {"alg ": "none"},
        {"Alg": "none"},
        {"typ": "jwt"},
        {"typ": "at+jwt"},
        {"typ": "JWE"},
        {"typ": None},
        {"typ": ["JWT"]},
    ]
    for extra in extras:
        yield f"header {json.dumps(extra)}", signed(HEADER | extra, claims)
    yield "no typ", signed({"alg": "HS256"}, claims)
    # Signed with what a kid of ../../dev/null, or an injected row, would lead to.
    yield "kid to an empty key", signed(HEADER | {"kid": "../../dev/null"}, claims, "")
    yield "kid to a key of its own", signed(HEADER | {"kid": "' UNION SELECT 'k"}, claims, "k")


def _members(claims: dict[str, Any]) -> Corpus:
    for name in (*_TEXTS, *_INSTANTS):
        yield f"no {name}", signed(HEADER, {n: v for n, v in claims.items() if n != name})
        others: dict[str, Any] = {
            "null": None,
            "true": True,
            "in a list": [claims[name]],
            "in an object": {"0": claims[name]},
            "an empty text": "",
            "half a one": 0.5,
        }
        if name in _TEXTS:
            others |= {"a number": 7}
        else:
            others |= {
                "in a text": str(claims[name]),
                "with a fraction": claims[name] + 0.5,
                "a word": "soon",
            }
        for kind, other in others.items():
            yield f"{name}: {kind}", signed(HEADER, claims | {name: other})


def _instants(claims: dict[str, Any]) -> Corpus:
    now = claims["iat"]
    for ago_s in (10, 11, 60, 86_400):
        yield f"expired {ago_s} s ago", signed(HEADER, claims | {"exp": now - ago_s})
    for exp in (0, -1, -(2**63)):
        yield f"expired at {exp}", signed(HEADER, claims | {"exp": exp})
    for in_s in (60, 3_600, 10**9):
        for name in ("nbf", "iat"):
            yield f"{name} in {in_s} s", signed(HEADER, claims | {name: now + in_s})
    # Digits that no clock has.
    text = json.dumps(claims).replace(f'"exp": {claims["exp"]}', '"exp": ' + "9" * 400)
    yield "exp of 400 digits", signed(HEADER, text)
    for number in ("NaN", "Infinity", "-Infinity", "1e400", "1e12", "0x7fffffff"):
        text = json.dumps(claims).replace(f'"exp": {claims["exp"]}', f'"exp": {number}')
        yield f"exp {number}", signed(HEADER, text)


def _shops(claims: dict[str, Any]) -> Corpus:
    not_the_shop = (
        f"https://{SHOP}.evil.example",
        f"https://evil.example/{SHOP}",
        f"https://evil.example#{SHOP}",
        f"https://evil.example?{SHOP}",
        f"https://{SHOP}@evil.example",
        f"https://user@{SHOP}",
        f"https://{SHOP}:443",
        f"https://{SHOP}.",
        f"https://evil-{SHOP}",
        f"https://x.{SHOP}",
        f"https://{SHOP[:-1]}",
        f"https://{SHOP}m",
        f"https://{SHOP}\n",
        f"https://{SHOP}\0.evil.example",
        f"https://{SHOP} ",
        f" https://{SHOP}",
        f"https://{SHOP.upper()}",
        "https://acme.myshopify\u3002com",
        "https://\u0430cme.myshopify.com",
        "https://acme%2emyshopify.com",
        f"http://{SHOP}",
        f"HTTPS://{SHOP}",
        f"//{SHOP}",
        SHOP,
        "https://myshopify.com",
        "https://.myshopify.com",
        "https://-.myshopify.com",
        "https://acme.shopify.com",
        "https://acme.myshopify.io",
        "https://admin.shopify.com/store/acme",
        "https:///acme.myshopify.com",
        "https:\\\\acme.myshopify.com",
        f"https://{UNKNOWN_SHOP}",
        f"https://{OTHER_SHOP}",
    )
    for url in not_the_shop:
        both = {"dest": url, "iss": f"{url}/admin"}
        yield f"shop {url!r}", signed(HEADER, claims | both)
        yield f"dest {url!r}", signed(HEADER, claims | {"dest": url})
        # CVE-2024-53861: an issuer that is only a part of the right one, or has it in it.
        yield f"iss {url!r}", signed(HEADER, claims | {"iss": f"{url}/admin"})
    for dest in (f"https://{SHOP}/", f"https://{SHOP}/admin"):
        yield f"dest {dest!r}", signed(HEADER, claims | {"dest": dest})
    for iss in ("https", f"https://{SHOP}", f"https://{SHOP}/admin/", f"https://{SHOP}/admin/x"):
        yield f"iss {iss!r}", signed(HEADER, claims | {"iss": iss})
    others = claims_of(OTHER_SHOP, OTHER_CLIENT_ID, claims["iat"])
    yield "another tenant's shop by this app", signed(HEADER, others)
    yield (
        "this shop for another's app",
        signed(HEADER, claims | {"aud": OTHER_CLIENT_ID}, OTHER_SECRET),
    )


def _audiences(claims: dict[str, Any]) -> Corpus:
    audiences: tuple[Any, ...] = (
        OTHER_CLIENT_ID,
        CLIENT_ID[:-1],
        CLIENT_ID + "0",
        CLIENT_ID.upper(),
        f" {CLIENT_ID}",
        f"{CLIENT_ID}\n",
        "*",
        f"https://{SHOP}",
        [CLIENT_ID, OTHER_CLIENT_ID],
        [OTHER_CLIENT_ID],
        [],
    )
    for audience in audiences:
        yield f"audience {audience!r}", signed(HEADER, claims | {"aud": audience})


def _signatures(claims: dict[str, Any]) -> Corpus:
    token = signed(HEADER, claims)
    message, _, signature = token.rpartition(".")
    digest = hmac.digest(NEWEST.encode(), message.encode(), "sha256")
    for cut in (1, 2, 3, 10, 22, 42):
        yield f"signature without its last {cut}", token[:-cut]
    yield "signature without its first", f"{message}.{signature[1:]}"
    yield "no signature", f"{message}."
    yield "signature twice", f"{token}{signature}"
    yield "signature and more", f"{token}AAAA"
    yield "signature of zeros", f"{message}.{encoded(bytes(32))}"
    yield (
        "signature with a bit flipped",
        f"{message}.{encoded(bytes([digest[0] ^ 1]) + digest[1:])}",
    )
    yield "signature in hex", f"{message}.{digest.hex()}"
    yield "half a signature", f"{message}.{encoded(digest[:16])}"
    yield "an unkeyed hash", f"{message}.{encoded(hashlib.sha256(message.encode()).digest())}"
    other_claims = signed(HEADER, claims | {"sub": "1"}).rpartition(".")[2]
    yield "signature of other claims", f"{message}.{other_claims}"
    yield "signature of the claims alone", f"{message}.{_mac(message.partition('.')[2])}"
    yield (
        "other claims under the signature",
        (f"{_part(HEADER)}.{_part(claims | {'exp': claims['exp'] + 1})}.{signature}"),
    )
    secrets = {
        "retired": RETIRED,
        "another app's": OTHER_SECRET,
        "an empty": "",
        "a guessed": "secret",
        "the client id as": CLIENT_ID,
        "a longer": NEWEST + "0",
        "a shorter": NEWEST[:-1],
        "a capital": NEWEST.upper(),
        "without its prefix, the": NEWEST.removeprefix("shpss_"),
        "with a line break, the": NEWEST + "\n",
        "encoded, the": encoded(NEWEST.encode()),
        "both live ones as one": NEWEST + BEFORE,
    }
    for name, secret in secrets.items():
        yield f"{name} secret", signed(HEADER, claims, secret)


def _mac(message: str) -> str:
    return encoded(hmac.digest(NEWEST.encode(), message.encode(), "sha256"))


def _encodings(claims: dict[str, Any]) -> Corpus:
    token = signed(HEADER, claims)
    header, payload, signature = token.split(".")
    yield "one part", header
    yield "two parts", f"{header}.{payload}"
    yield "four parts", f"{token}.{signature}"
    yield "five parts", f"{header}.{header}.{payload}.{payload}.{signature}"
    yield "a dot before", f".{token}"
    yield "a dot behind", f"{token}."
    yield "no header", f".{payload}.{signature}"
    yield "no claims", f"{header}..{signature}"
    yield "dots alone", ".."
    yield "header and claims swapped", signed_parts(payload, header)
    for name, filler in (("padding", "="), ("much padding", "===="), ("a line break", "\n")):
        for place, one in (("header", 0), ("claims", 1)):
            parts = [header, payload]
            parts[one] += filler
            yield f"{name} behind the {place}", signed_parts(*parts)
    yield "padding behind the signature", f"{token}="
    for name, inside in (
        ("a space", " "),
        ("a tab", "\t"),
        ("a line break", "\r\n"),
        ("a no-break space", "\u00a0"),
        ("a zero-width space", "\u200b"),
        ("a NUL", "\0"),
        ("a plus", "+"),
        ("a slash", "/"),
        ("a percent", "%2E"),
        ("an exclamation mark", "!"),
        ("a wide letter", "\uff21"),
        ("an accent", "\u00e9"),
    ):
        yield f"{name} in the claims", signed_parts(header, payload[:8] + inside + payload[8:])
        yield (
            f"{name} in the signature",
            f"{header}.{payload}.{signature[:8]}{inside}{signature[8:]}",
        )
    yield "ideographic full stops", token.replace(".", "\u3002")
    yield "percent-encoded dots", token.replace(".", "%2E")
    yield "in quotes", f'"{token}"'
    yield "two with a comma", f"{token},{token}"
    yield "two with a space", f"{token} {token}"
    yield "with its scheme twice", f"Bearer {token}"
    yield "in capitals", token.upper()
    yield "backwards", token[::-1]
    # The last character's spare bits: another spelling of the same bytes.
    yield "another spelling of the signature", token[:-1] + _neighbour(token[-1])
    yield "a token in a token", signed(HEADER, token)
    yield "a token as the header", signed_parts(_part(token), payload)


def _neighbour(character: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) ^ 1]


def _documents(claims: dict[str, Any]) -> Corpus:
    text = json.dumps(claims)
    for document in ("", " ", "null", "true", "5", '"text"', "[]", "{}", f"[{text}]"):
        yield f"claims {document[:20]!r}", signed(HEADER, document)
    for document in ("", "null", "[]", "{}", '"HS256"', f"[{json.dumps(HEADER)}]"):
        yield f"header {document[:20]!r}", signed(document, claims)
    broken = {
        "cut off": text[:-1],
        "with more behind": f"{text}{{}}",
        "with a comment": f"/* */{text}",
        "with a trailing comma": f"{text[:-1]},}}",
        "in single quotes": text.replace('"', "'"),
        "a member twice, the shop": f'{{"dest": "https://{OTHER_SHOP}", {text[1:]}',
        "a member twice, the expiry": f'{text[:-1]}, "exp": {claims["exp"] + 9}}}',
        "a member twice, alike": f'{text[:-1]}, "sub": "{claims["sub"]}"}}',
        "nested deep": f'{text[:-1]}, "x": {"[" * 1_000}{"]" * 1_000}}}',
        "nested too deep for this token": '{"x":' * 400 + "1" + "}" * 400,
    }
    for name, document in broken.items():
        yield f"claims {name}", signed(HEADER, document)
    for name, document in {
        "alg twice, none first": '{"alg": "none", "alg": "HS256", "typ": "JWT"}',
        "alg twice, none last": '{"alg": "HS256", "alg": "none", "typ": "JWT"}',
        "alg twice, alike": '{"alg": "HS256", "alg": "HS256", "typ": "JWT"}',
        "nested deep": '{"alg": "HS256", "typ": "JWT", "x": ' + "[" * 500 + "]" * 500 + "}",
    }.items():
        yield f"header {name}", signed(document, claims)
    for encoding in ("utf-16", "utf-16-le", "utf-32", "cp037"):
        yield f"claims in {encoding}", signed_parts(_part(HEADER), encoded(text.encode(encoding)))
    yield (
        "claims not UTF-8",
        signed_parts(
            _part(HEADER), encoded(text.replace(claims["sub"], "\u00e9").encode("latin-1"))
        ),
    )
    yield "claims of bytes", signed_parts(_part(HEADER), encoded(bytes(range(256))))


def _sizes(claims: dict[str, Any]) -> Corpus:
    for name, size in (("5 KB", 5_000), ("1 MB", 1_000_000)):
        yield f"a header of {name}", signed(HEADER | {"x": "x" * size}, claims)
        yield f"claims of {name}", signed(HEADER, claims | {"sid": "x" * size})
        yield f"a signature of {name}", f"{_part(HEADER)}.{_part(claims)}.{'A' * size}"
    yield "a million dots", "." * 1_000_000

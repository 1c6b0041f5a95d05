"""URLs that must never lead to a connection: spellings of inner hosts in templates of URLs.

The names among the hosts are for a resolver that answers every name with the loopback address.
"""

# ruff: noqa: RUF001 - characters that look like others are the point

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class UrlCase:
    """One URL and what is wrong with it."""

    name: str
    url: str


# Spellings that some parser or resolver takes for 127.0.0.1, 0.0.0.0, ::1 or 169.254.169.254.
INNER_HOSTS = {
    "dotted": "127.0.0.1",
    "dotted, other loopback": "127.127.127.127",
    "all zeros": "0.0.0.0",
    "metadata": "169.254.169.254",
    "private": "10.0.0.1",
    "one part": "2130706433",
    "one part, metadata": "2852039166",
    "two parts": "127.1",
    "three parts": "127.0.1",
    "zero": "0",
    "hex": "0x7f000001",
    "hex, capitals": "0X7F000001",
    "hex, metadata": "0xA9FEA9FE",
    "hex parts": "0x7f.0x0.0x0.0x1",
    "hex and short": "0x7f.1",
    "hex at the end": "127.0.0.0x1",
    "octal": "017700000001",
    "octal parts": "0177.0.0.01",
    "octal, padded": "0000177.0000.0000.0001",
    "mixed bases": "0177.0.0x0.1",
    "overflowing": "425.510.425.510",
    "dot at the end": "127.0.0.1.",
    "full-width digits": "１２７.０.０.１",
    "full-width dots": "127。0。0。1",
    "half-width dots": "127｡0｡0｡1",
    "circled digits": "①②⑦.⓪.⓪.①",
    "circled metadata": "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
    "bold digits": "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
    "percent-encoded": "%31%32%37.0.0.1",
    "percent-encoded dot": "127%2e0.0.1",
    "IPv6": "[::1]",
    "IPv6, long": "[0:0:0:0:0:0:0:1]",
    "IPv6, unspecified": "[::]",
    "IPv6, mapped": "[::ffff:127.0.0.1]",
    "IPv6, mapped in hex": "[::ffff:7f00:1]",
    "IPv6, compatible": "[::127.0.0.1]",
    "IPv6, NAT64": "[64:ff9b::7f00:1]",
    "IPv6, 6to4": "[2002:7f00:1::]",
    "IPv6 with a zone": "[fe80::1%25lo]",
    "IPv6, metadata": "[fd00:ec2::254]",
    "IPv6 without brackets": "::1",
    "IPv4 in brackets": "[127.0.0.1]",
    "localhost": "localhost",
    "localhost, capitals": "LOCALHOST",
    "localhost in circles": "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "localhost with a domain": "localhost.localdomain",
    "wildcard DNS": "127.0.0.1.nip.io",
    "public name, inner address": "localtest.me",
    "metadata name": "metadata.google.internal",
    "local name": "crm.local",
    "international name": "bücher.example.com",
    "soft hyphen": "local\u00adhost.example.com",
    "zero width space": "127.0.0\u200b.1",
    "empty": "",
    "dots only": "...",
    "empty label": "crm..example.com",
    "label of 64": f"{'a' * 64}.example.com",
    "name of 254": f"{'a.' * 124}example",
    "wildcard": "*.example.com",
    "hyphen first": "-crm.example.com",
    "underscore": "crm_1.example.com",
}
# Only what these resolve to tells them from a CRM's name.
RESOLVED_HOSTS = (
    "localhost with a domain",
    "wildcard DNS",
    "public name, inner address",
    "metadata name",
    "local name",
    "international name",
    "soft hyphen",
)
SCHEMES_AND_PORTS = (
    "https://{host}",
    "https://{host}:443",
    "https://{host}:8443",
    "https://{host}:{port}",
    "http://{host}",
    "http://{host}:{port}",
    "http://{host}:80",
    "HTTPS://{host}:{port}",
)
PATHS = {
    "root": "/",
    "runtime API": "/2018-06-01/runtime/invocation/next",
    "metadata": "/latest/meta-data/iam/security-credentials/",
}
# Where parsers disagree on which of two hosts is meant.
CONFUSIONS = {
    "user": "{scheme}://crm.example.com@{host}:{port}/",
    "user and password": "{scheme}://crm.example.com:443@{host}:{port}/",
    "user after": "{scheme}://{host}:{port}@crm.example.com/",
    "two users": "{scheme}://a@{host}:{port}@crm.example.com/",
    "empty user": "{scheme}://@{host}:{port}/",
    "encoded at": "{scheme}://crm.example.com%40{host}:{port}/",
    "full-width at": "{scheme}://crm.example.com＠{host}:{port}/",
    "backslash": "{scheme}://crm.example.com\\@{host}:{port}/",
    "backslash after": "{scheme}://{host}:{port}\\@crm.example.com/",
    "backslashes for slashes": "{scheme}:\\\\{host}:{port}\\",
    "hash and at": "{scheme}://crm.example.com#@{host}:{port}/",
    "hash and at after": "{scheme}://{host}:{port}#@crm.example.com/",
    "query and at": "{scheme}://{host}:{port}?@crm.example.com/",
    "fragment": "{scheme}://{host}:{port}/#crm.example.com",
    "tab": "{scheme}://{host}\t:{port}/",
    "tab in the scheme": "ht\ttps://{host}:{port}/",
    "line feed": "{scheme}://{host}\n:{port}/",
    "injected header": "{scheme}://{host}:{port}/\r\nX-Injected: 1",
    "injected host": "{scheme}://crm.example.com\r\nHost: {host}:{port}/",
    "NUL": "{scheme}://{host}\x00.example.com:{port}/",
    "space before": " {scheme}://{host}:{port}/",
    "space after host": "{scheme}://{host} .example.com:{port}/",
    "space in path": "{scheme}://{host}:{port}/ HTTP/1.1",
    "one slash": "{scheme}:/{host}:{port}/",
    "no slash": "{scheme}:{host}:{port}",
    "three slashes": "{scheme}:///{host}:{port}/",
    "no scheme": "//{host}:{port}/",
    "host alone": "{host}:{port}",
    "two ports": "{scheme}://{host}:{port}:443/",
    "two ports, swapped": "{scheme}://{host}:443:{port}/",
    "port with a sign": "{scheme}://{host}:+{port}/",
    "port with a zero": "{scheme}://{host}:0{port}/",
    "port too large": "{scheme}://{host}:{overflowing_port}/",
    "full-width colon": "{scheme}://{host}：{port}/",
    "empty port": "{scheme}://{host}:/",
    "comma": "{scheme}://{host}:{port},crm.example.com/",
    "semicolon": "{scheme}://{host};crm.example.com:{port}/",
    "bracket": "{scheme}://[crm.example.com]@{host}:{port}/",
    "nested URL": "url:{scheme}://{host}:{port}/",
    "double slash path": "{scheme}://{host}:{port}//crm.example.com/",
    "long s": "httpſ://{host}:{port}/",
}
CONFUSED_HOSTS = ("127.0.0.1", "localhost", "[::1]", "2130706433", "inner.example.com")
OTHER_SCHEMES = (
    *("file", "ftp", "ftps", "sftp", "tftp", "gopher", "dict", "ldap", "ldaps", "jar", "netdoc"),
    *("ws", "wss", "smb", "ssh", "telnet", "redis", "unix", "http+unix", "data", "javascript"),
    *(
        "about",
        "blob",
        "view-source",
        "feed",
        "svn",
        "git",
        "mailto",
        "s3",
        "phar",
        "php",
        "expect",
    ),
)
INNER_PORTS = (0, 21, 22, 23, 25, 53, 80, 110, 143, 389, 445, 2375, 2772, 2773, 3306, 5432, 6379)
MORE_INNER_PORTS = (8000, 8080, 8444, 9000, 9001, 9200, 10250, 11211, 27017, 65535, 65536, 443443)


def url_cases(port: int) -> list[UrlCase]:
    """All of them, each once; `port` is where something listens on the loopback."""
    return list({case.url: case for case in _cases(port)}.values())


def _cases(port: int) -> Iterator[UrlCase]:
    for (name, host), prefix, path in product(INNER_HOSTS.items(), SCHEMES_AND_PORTS, PATHS):
        url = prefix.format(host=host, port=port) + PATHS[path]
        yield UrlCase(f"{name}, {prefix}, {path}", url)
    for (name, template), host, scheme in product(
        CONFUSIONS.items(), CONFUSED_HOSTS, ("https", "http")
    ):
        url = template.format(scheme=scheme, host=host, port=port, overflowing_port=port + 65_536)
        yield UrlCase(f"{name}, {host}, {scheme}", url)
    for scheme in OTHER_SCHEMES:
        for host in ("127.0.0.1", "inner.example.com"):
            yield UrlCase(f"scheme {scheme}, {host}", f"{scheme}://{host}:{port}/")
    for other in (*INNER_PORTS, *MORE_INNER_PORTS):
        for scheme in ("https", "http"):
            url = f"{scheme}://inner.example.com:{other}/"
            yield UrlCase(f"port {other}, {scheme}", url)

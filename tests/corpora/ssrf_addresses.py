"""IP addresses that must never be called, and their public neighbours that may be.

Made from the registries' blocks (first, last and one inside), from the metadata services of clouds,
and from IPv4 addresses hidden in IPv6. The blocks are copied from IANA's registries, not from
the policy under test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Case:
    """One address; `group` is what it has in common with others, `name` says which it is."""

    group: str
    name: str
    address: Address


IPV4_BLOCKS = {
    "this network": "0.0.0.0/8",
    "private 10": "10.0.0.0/8",
    "shared address space": "100.64.0.0/10",
    "loopback": "127.0.0.0/8",
    "link-local": "169.254.0.0/16",
    "private 172": "172.16.0.0/12",
    "IETF protocols": "192.0.0.0/24",
    "service continuity": "192.0.0.0/29",
    "documentation 1": "192.0.2.0/24",
    "AS112 v4": "192.31.196.0/24",
    "AMT": "192.52.193.0/24",
    "6to4 relay anycast": "192.88.99.0/24",
    "private 192": "192.168.0.0/16",
    "AS112 delegation": "192.175.48.0/24",
    "benchmarking": "198.18.0.0/15",
    "documentation 2": "198.51.100.0/24",
    "documentation 3": "203.0.113.0/24",
    "multicast": "224.0.0.0/4",
    "reserved": "240.0.0.0/4",
}
IPV6_BLOCKS = {
    "unspecified and IPv4-compatible": "::/96",
    "IPv4-mapped": "::ffff:0:0/96",
    "IPv4-translated": "::ffff:0:0:0/96",
    "NAT64": "64:ff9b::/96",
    "local NAT64": "64:ff9b:1::/48",
    "discard": "100::/64",
    "dummy": "100:0:0:1::/64",
    "NSAP, returned": "200::/7",
    "IETF protocols v6": "2001::/23",
    "Teredo": "2001::/32",
    "benchmarking v6": "2001:2::/48",
    "AMT v6": "2001:3::/32",
    "AS112 v6": "2001:4:112::/48",
    "ORCHID": "2001:10::/28",
    "ORCHIDv2": "2001:20::/28",
    "DRIP": "2001:30::/28",
    "documentation v6": "2001:db8::/32",
    "6to4": "2002::/16",
    "AS112 delegation v6": "2620:4f:8000::/48",
    "documentation v6, new": "3fff::/20",
    "unallocated 4000": "4000::/3",
    "segment routing": "5f00::/16",
    "unallocated e000": "e000::/4",
    "unique local": "fc00::/7",
    "link-local v6": "fe80::/10",
    "site-local": "fec0::/10",
    "multicast v6": "ff00::/8",
}
METADATA_SERVICES = {
    "AWS": "169.254.169.254",
    "AWS containers": "169.254.170.2",
    "AWS pod identity": "169.254.170.23",
    "AWS Lambda runtime": "169.254.100.1",
    "AWS DNS": "169.254.169.253",
    "AWS time": "169.254.169.123",
    "AWS v6": "fd00:ec2::254",
    "AWS pod identity v6": "fd00:ec2::23",
    "Azure wire server": "168.63.129.16",
    "Alibaba": "100.100.100.200",
    "Oracle": "192.0.0.192",
    "Oracle, old": "169.254.0.3",
    "Tencent": "169.254.0.23",
    "Google v6": "fd20:ce::254",
    "Scaleway": "169.254.42.42",
    "Kubernetes service": "10.96.0.1",
    "Docker host": "172.17.0.1",
}
HIDDEN_IPV4 = (
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.0.1.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.100.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.192",
    "192.168.0.1",
    "192.168.255.254",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "255.255.255.255",
)
EMBEDDINGS: dict[str, Callable[[int], int]] = {
    "IPv4-compatible": lambda v4: v4,
    "IPv4-mapped": lambda v4: _v6("::ffff:0:0") | v4,
    "IPv4-translated": lambda v4: _v6("::ffff:0:0:0") | v4,
    "NAT64": lambda v4: _v6("64:ff9b::") | v4,
    "local NAT64": lambda v4: _v6("64:ff9b:1::") | v4,
    "local NAT64, /48 form": lambda v4: _v6("64:ff9b:1::") | v4 >> 16 << 64 | (v4 & 0xFFFF) << 40,
    "6to4": lambda v4: _v6("2002::") | v4 << 80,
    "6to4, host 1": lambda v4: _v6("2002::1") | v4 << 80,
    "Teredo server": lambda v4: _v6("2001::") | v4 << 64,
    "Teredo client": lambda v4: _v6("2001::") | v4 ^ 0xFFFF_FFFF,
    "ISATAP": lambda v4: _v6("2600:1f18::5efe:0:0") | v4,
    "ISATAP, unique": lambda v4: _v6("2600:1f18::200:5efe:0:0") | v4,
    "ISATAP, link-local": lambda v4: _v6("fe80::5efe:0:0") | v4,
}
PUBLIC_HOSTS = {
    "Cloudflare": "1.1.1.1",
    "Google": "8.8.8.8",
    "Quad9": "9.9.9.9",
    "AWS": "52.94.236.248",
    "Fastly": "151.101.1.69",
    "Cloudflare v6": "2606:4700:4700::1111",
    "Google v6": "2a00:1450:4009:81f::200e",
    "AWS v6": "2600:9000:2045:5e00::1",
    "APNIC v6": "2400:cb00:2048:1::c629:d7a2",
    "LACNIC v6": "2800:3f0:4001:80a::200e",
    "AFRINIC v6": "2c0f:fb50:4002:804::200e",
    "RIPE v6": "2001:67c:2e8:22::c100:68b",
}
# The addresses next to a block that belong to nobody special.
PUBLIC_NEIGHBOURS = (
    *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0"),
    *("172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0"),
    *("192.31.195.255", "192.31.197.0", "192.52.192.255", "192.52.194.0", "192.88.98.255"),
    *("192.88.100.0", "192.167.255.255", "192.169.0.0", "192.175.47.255", "192.175.49.0"),
    *("198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255"),
    *("203.0.114.0", "223.255.255.255", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"),
    *("2001:db9::", "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"),
    *("2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", "2620:4f:8001::"),
    *("2600:1f18::5eff:7f00:1", "2600:1f18::100:5efe:7f00:1"),
)


def refused_cases() -> list[Case]:
    """Every address that must be refused, each once."""
    return list({case.address: case for case in _refused()}.values())


def public_cases() -> list[Case]:
    """Addresses that may be called."""
    hosts = [Case("host", name, ip_address(text)) for name, text in PUBLIC_HOSTS.items()]
    return hosts + [Case("neighbour", text, ip_address(text)) for text in PUBLIC_NEIGHBOURS]


def _refused() -> Iterator[Case]:
    for group, block in (IPV4_BLOCKS | IPV6_BLOCKS).items():
        yield from _samples(group, ip_network(block))
    for name, text in METADATA_SERVICES.items():
        yield Case("metadata service", name, ip_address(text))
    for group, embed in EMBEDDINGS.items():
        for text in HIDDEN_IPV4:
            hidden = IPv6Address(embed(int(IPv4Address(text))))
            yield Case(f"{group} of a special IPv4", f"{group} of {text}", hidden)


def _samples(group: str, block: IPv4Network | IPv6Network) -> Iterator[Case]:
    yield Case(group, f"{group}, first", block[0])
    yield Case(group, f"{group}, inside", block[block.num_addresses // 3])
    yield Case(group, f"{group}, last", block[-1])


def _v6(text: str) -> int:
    return int(IPv6Address(text))

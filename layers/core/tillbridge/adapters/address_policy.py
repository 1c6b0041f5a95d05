"""Which IP addresses may be called: the public, allocated unicast space and nothing else.

`ipaddress.is_global` is not enough: over the Python versions it has called multicast, NAT64, 6to4
and 192.0.0.192 (a metadata service) global.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

# IANA's IPv4 special-purpose registry in full, multicast and the reserved space, and the one public
# address that a cloud (Azure) answers on from within. AS112 and AMT (192.31.196.0/24,
# 192.52.193.0/24, 192.175.48.0/24) are routed but are anycast infrastructure: no CRM is there.
SPECIAL_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)

# All else of IPv6, with the embeddings of IPv4 in ::/8 and 64:ff9b::/32, lies outside.
GLOBAL_UNICAST_IPV6 = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocols: Teredo, benchmarks, AMT, AS112, ORCHID, DRIP
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
# The upper half of an ISATAP interface identifier (RFC 5214); the lower half is an IPv4 address.
ISATAP_MARKERS = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address may be called for a merchant."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in SPECIAL_IPV4)
    return (
        address in GLOBAL_UNICAST_IPV6
        and not any(address in block for block in SPECIAL_IPV6)
        and int(address) >> 32 & 0xFFFF_FFFF not in ISATAP_MARKERS
    )

"""The made-up customers: 200 per system, the same on every run.

The first ones are written out, because tests and demos look for them; the rest is drawn from lists
with a seed. Between them they hold what breaks integrations: letters outside ASCII, apostrophes,
one surname many times, missing fields, several currencies.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Final, TypeVar

COUNT: Final = 200
# Double precision, which most JSON readers use, cannot tell this number from its neighbours.
BEYOND_DOUBLE: Final = 2**53 + 1
# The person who carries an id beyond it in the systems with numeric ids.
BIG_ID_NUMBER: Final = 8

_EXPONENTS: Final = MappingProxyType({"JPY": 0})
_EPOCH: Final = datetime(2021, 3, 1, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Address:
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    country_code: str | None = None
    street2: str | None = None


NO_ADDRESS: Final = Address()


@dataclass(frozen=True, slots=True)
class Person:
    """One customer. `balances_minor` is what the customer has to spend, by currency."""

    number: int
    first_name: str | None
    last_name: str | None
    email: str | None = None
    phone: str | None = None
    address: Address = NO_ADDRESS
    company: str | None = None
    tier: str | None = None
    points: int | None = None
    order_count: int = 0
    spent_minor: int = 0
    currency: str = "DKK"
    balances_minor: Mapping[str, int] = field(default_factory=dict)
    note: str | None = None

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)

    @property
    def created_at(self) -> datetime:
        return _EPOCH + timedelta(hours=5 * self.number, milliseconds=37 * self.number)

    @property
    def updated_at(self) -> datetime:
        return self.created_at + timedelta(days=200)


_CATEGORIES: Final = ("Boots", "Jackets", "Socks", "Tents", "Gift cards")
_LAST_PURCHASE: Final = datetime(2026, 10, 30, 16, 45, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One of a person's purchases; all of them come to what the person has spent."""

    number: int
    at: datetime
    amount_minor: int
    item_count: int
    categories: tuple[str, ...]


def purchases(person: Person) -> tuple[Purchase, ...]:
    """As many as the person has orders, the newest first."""
    count = person.order_count
    return tuple(
        Purchase(
            1_000 * person.number + count - index,
            _LAST_PURCHASE - timedelta(days=11 * index + person.number % 7),
            person.spent_minor // count + (person.spent_minor % count if index == 0 else 0),
            1 + index % 3,
            (_CATEGORIES[(person.number + index) % len(_CATEGORIES)],),
        )
        for index in range(count)
    )


def major(amount_minor: int, currency: str) -> int | float:
    """The amount as vendors put it in JSON: a number in major units."""
    exponent = _EXPONENTS.get(currency, 2)
    return amount_minor / 10**exponent if exponent else amount_minor


def major_text(amount_minor: int, currency: str) -> str:
    exponent = _EXPONENTS.get(currency, 2)
    return f"{amount_minor / 10**exponent:.{exponent}f}"


_COPENHAGEN: Final = Address(
    "Vestergade 12", "1456", "København K", "Denmark", "DK", street2="2. th."
)
_KNOWN: Final = (
    Person(
        1, "Jane", "Doe", "jane.doe@example.com", "+45 20 12 34 56", _COPENHAGEN,
        "Doe & Sønner ApS", "gold", 1240, 17, 1_250_050, "DKK",
        {"DKK": 125_050, "EUR": 1_675, "SEK": 18_900}, "Prefers e-mail",
    ),
    Person(
        2, "Søren", "Ærø", "soren.aeroe@example.com", "+45 31 22 33 44",
        Address("Ågade 7", "5970", "Ærøskøbing", "Denmark", "DK"),
        tier="silver", points=310, order_count=4, spent_minor=98_000, balances_minor={"DKK": 1_995},
    ),
    Person(
        3, "Zoë", "Müller-Lüdenscheidt", "zoe@example.org", "+49 30 901820",
        Address("Königsstraße 5", "10178", "Berlin", "Germany", "DE"),
        currency="EUR", balances_minor={"EUR": -2_500},
    ),
    Person(
        4, "太郎", "山田", "taro.yamada@example.net", "+81 3-1234-5678",
        Address("千代田1-1", "100-0001", "東京", "Japan", "JP"),
        currency="JPY", balances_minor={"JPY": 12_000},
    ),
    Person(
        5, "Siobhán", "O'Brien", "siobhan.obrien@example.com", "+353 1 496 0123",
        Address("1 St. Stephen's Green", "D02 HK91", "Dublin", "Ireland", "IE"), currency="EUR",
    ),
    Person(6, "Jane", "O'Brien", phone="+44 20 7946 0018", currency="GBP"),
    Person(7, "Zoë", None, "zoe.without.surname@example.com"),
    Person(
        BIG_ID_NUMBER, "Åse", "Nordahl", "ase.nordahl@example.net", "+47 22 12 34 56",
        Address("Karl Johans gate 1", "0154", "Oslo", "Norway", "NO"),
        currency="NOK", balances_minor={"NOK": 40_000},
    ),
    Person(9, None, "Bäckerei Groß & Söhne GmbH", company="Bäckerei Groß & Söhne GmbH"),
    Person(10, "Nul", "Balance", "nul@example.com", points=0, balances_minor={"DKK": 0}),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Region:
    """Names and streets are lists, separated by a comma; who is listed twice comes up twice."""

    first_names: str
    last_names: str
    places: tuple[tuple[str, str], ...]
    streets: str
    country: str
    country_code: str
    phone: str
    currency: str


_REGIONS: Final = (
    _Region(
        "Anne, Bjørn, Søren, Mette, Lærke, Åge, Øjvind, Freja, Ida, Jens, Kirsten, Jørgen",
        "Jensen, Jensen, Jensen, Nielsen, Hansen, Østergaard, Kjær, Ærø, Bæk, Nørgaard",
        (("2100", "København Ø"), ("8000", "Aarhus C"), ("5000", "Odense C"), ("4930", "Maribo")),
        "Nørregade, Ågade, Strandvejen, Bøgevej, Søndergade",
        "Denmark", "DK", "+45 {0:02d} {1:02d} {2:02d} {3:02d}", "DKK",
    ),
    _Region(
        "Åsa, Björn, Göran, Linnéa, Örjan, Elin, Jane",
        "Andersson, Jensen, Öberg, Åkesson, Lindström",
        (("111 22", "Stockholm"), ("411 05", "Göteborg"), ("211 34", "Malmö")),
        "Drottninggatan, Ängsvägen, Östra Storgatan",
        "Sweden", "SE", "+46 8 {0:02d}{1:02d} {2:02d}{3:02d}", "SEK",
    ),
    _Region(
        "Jürgen, Käthe, Björn, Uwe, Sören, Änne, Günther",
        "Müller, Schröder, Weiß, Jensen, Größer, Jäger",
        (("10115", "Berlin"), ("80331", "München"), ("24937", "Flensburg"), ("50667", "Köln")),
        "Hauptstraße, Königsallee, Bäckergasse",
        "Germany", "DE", "+49 30 {0:02d}{1:02d}{2:02d}", "EUR",
    ),
    _Region(
        "Jane, John, Siân, Chloë, Patrick, Aoife, Zoë",
        "Smith, O'Brien, O'Neill, D'Arcy, Jensen, Brontë",
        (("SW1A 1AA", "London"), ("EH1 1YZ", "Edinburgh"), ("CF10 1EP", "Cardiff")),
        "King's Road, High Street, Church Lane",
        "United Kingdom", "GB", "+44 20 7946 0{0:01d}{1:02d}", "GBP",
    ),
)  # fmt: skip
_WEIGHTS: Final = (60, 15, 15, 10)
T = TypeVar("T")


def people(seed: str) -> tuple[Person, ...]:
    """The customers of one system; another seed gives others after the known ones."""
    random = Random(seed)  # noqa: S311 - names, not secrets
    drawn = (_draw(number, random) for number in range(len(_KNOWN) + 1, COUNT + 1))
    return (*_KNOWN, *drawn)


def _draw(number: int, random: Random) -> Person:
    (region,) = random.choices(_REGIONS, _WEIGHTS)
    first, last = _pick(region.first_names, random), _pick(region.last_names, random)
    postal_code, city = random.choice(region.places)
    street = f"{_pick(region.streets, random)} {random.randint(1, 180)}"
    address = Address(street, postal_code, city, region.country, region.country_code)
    orders = random.randint(0, 30)
    return Person(
        number,
        first,
        last,
        _or_gap(f"{_ascii(first)}.{_ascii(last)}.{number}@example.com", None, random),
        _or_gap(region.phone.format(*random.choices(range(10, 100), k=4)), None, random),
        _or_gap(address, NO_ADDRESS, random),
        tier=random.choice((None, None, "bronze", "silver", "gold")),
        points=random.choice((None, 0, random.randint(1, 4_000))),
        order_count=orders,
        spent_minor=orders * random.randint(5_000, 90_000),
        currency=region.currency,
        balances_minor=_or_gap({region.currency: random.randint(-20_000, 300_000)}, {}, random),
    )


def _or_gap(value: T, nothing: T, random: Random) -> T:
    """Real customer files have holes: one in five."""
    return nothing if random.random() < 0.2 else value


def _pick(names: str, random: Random) -> str:
    return random.choice(names.split(", "))


_TRANSLITERATED: Final = str.maketrans(
    {"æ": "ae", "ø": "oe", "å": "aa", "ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "'": ""}
)


def _ascii(name: str) -> str:
    lower = name.casefold().translate(_TRANSLITERATED)
    return unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()

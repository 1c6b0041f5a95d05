"""The sale register: at most one live redemption per sale and account, whatever keys a till makes
up (T2). A closed one is replaced only by who names it in `supersedes`."""

from tillbridge.domain.ledger.writes import (
    Absent,
    AllOf,
    AnyOf,
    Condition,
    Equals,
    Item,
    Key,
    Put,
    Update,
)


def blocks(registered: Item | None, supersedes: str | None) -> bool:
    """Whether a new redemption may not take the sale's place."""
    if registered is None:
        return False
    return not (registered["closed"] and registered["rid"] == supersedes)


def taken(key: Key, redemption_id: str, supersedes: str | None, *, closed: bool = False) -> Put:
    """The write that gives the sale to a redemption, refused where `blocks` says so."""
    free: Condition = Absent()
    if supersedes is not None:
        free = AnyOf((free, AllOf((Equals("closed", True), Equals("rid", supersedes)))))
    return Put(key, {"rid": redemption_id, "closed": closed}, free)


def handed_on(key: Key, redemption_id: str, successor: str, *, closed: bool) -> Put:
    """The write that puts another in a redemption's place. A tombstone closes the sale for good:
    only who names it may take the sale again."""
    return Put(key, {"rid": successor, "closed": closed}, Equals("rid", redemption_id))


def changed(key: Key, redemption_id: str, *, closed: bool) -> Update:
    """The write that closes or reopens the sale, refused when it is another redemption's."""
    return Update(key, Equals("rid", redemption_id), put={"closed": closed})

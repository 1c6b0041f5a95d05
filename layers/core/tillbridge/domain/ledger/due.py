"""What the due index holds: items that have to end by themselves, by shard and time."""

from dataclasses import dataclass
from datetime import datetime

from tillbridge.domain.ledger.writes import Key


@dataclass(frozen=True, slots=True)
class Due:
    """`due_at` is an instant as the table has it."""

    key: Key
    due_at: str

    @property
    def due_at_s(self) -> float:
        """Unix seconds."""
        return datetime.fromisoformat(self.due_at).timestamp()

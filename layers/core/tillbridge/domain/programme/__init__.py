"""A merchant's loyalty programme: what people write (`record`, `reward_record`), and what comes of
it for a sale (`earning`), a customer (`standing`) and a reward (`rewards`).

Pure functions of the records, an account and an instant. Points and money are whole numbers, each
result is rounded once.
"""

from tillbridge.domain.programme.programme import Programme
from tillbridge.domain.programme.record import ProgrammeRecord, Tier
from tillbridge.domain.programme.reward_record import RewardRecord
from tillbridge.domain.programme.standing import Standing

__all__ = ["Programme", "ProgrammeRecord", "RewardRecord", "Standing", "Tier"]

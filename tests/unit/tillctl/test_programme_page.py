"""The records that docs/programme.md shows go live as they stand there."""

import re
from pathlib import Path
from typing import Any

from tillbridge.domain.record_kinds import faults_in_record
from tools.tillctl import jsonc

PAGE = Path(__file__).parents[3] / "docs" / "programme.md"
# In their order: earn, tiers, a reward; the examples of the programme, of the reward.
BLOCKS = re.findall(r"```jsonc\n(.*?)```", PAGE.read_text(), re.DOTALL)


def members(*blocks: str) -> dict[str, Any]:
    """A record of these members."""
    content = jsonc.parse("{" + ",".join(blocks) + "}").value
    assert isinstance(content, dict)
    return content


def test_the_pages_programme_holds_its_own_examples() -> None:
    earn, tiers, _reward, examples, _of_reward = BLOCKS
    programme = members(earn, tiers, examples)

    assert programme.keys() == {"earn", "tiers", "examples"}
    assert faults_in_record("PROGRAM", programme) == []


def test_the_pages_reward_holds_its_own_examples() -> None:
    _earn, _tiers, reward, _of_programme, examples = BLOCKS
    record = members(reward.strip().removeprefix("{").removesuffix("}"), examples)

    assert record["id"] == "five-off"
    assert faults_in_record("REWARD#five-off", record) == []

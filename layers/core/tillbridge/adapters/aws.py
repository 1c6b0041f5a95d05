"""How patient our AWS clients are."""

from botocore.config import Config

# boto3 waits 60 s by default. A lookup has 3 s in all: a silent service must be noticed while what
# is remembered still helps (T71).
CONFIG = Config(
    connect_timeout=0.3,
    read_timeout=0.8,
    retries={"total_max_attempts": 2, "mode": "standard"},
)

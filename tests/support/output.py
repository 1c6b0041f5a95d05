"""What a Lambda's log group would get of functions that run in the tests' own process."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class Output:
    """The logger's lines and the metrics printed beside."""

    def __init__(self, lines: io.StringIO, printed: pytest.CaptureFixture[str]) -> None:
        self._lines = lines
        self._printed = printed

    def text(self) -> str:
        text = self._lines.getvalue() + "".join(self._printed.readouterr())
        assert '"message":"answered"' in text
        assert '"CloudWatchMetrics"' in text
        return text


@contextmanager
def captured_output(printed: pytest.CaptureFixture[str]) -> Iterator[Output]:
    """Everything that is logged and printed in the block."""
    lines = io.StringIO()
    (handler,) = logging.getLogger("tillbridge").handlers
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(lines)
    yield Output(lines, printed)
    handler.setStream(before)

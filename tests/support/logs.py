"""Reading what the deployed functions left in the emulator's log groups."""

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

import requests

from local.stack import LocalStack

_ARRIVE_WITHIN_S = 20


def log_lines(stack: LocalStack) -> Iterator[str]:
    """Every line of every group. By stream: the emulator's FilterLogEvents ends at 10,000 events
    and gives no token to go on with."""
    logs = stack.emulator.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for streams in logs.get_paginator("describe_log_streams").paginate(logGroupName=name):
            for stream in streams["logStreams"]:
                yield from _lines_of(logs, name, stream["logStreamName"])


def _lines_of(logs: Any, group: str, stream: str) -> Iterator[str]:
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **token
        )
        yield from (event["message"] for event in page["events"])
        if not page["events"]:
            return
        token = {"nextToken": page["nextForwardToken"]}


def log_lines_with(stack: LocalStack, text: str) -> list[str]:
    """All lines, once the text is among them. They arrive a moment after the answer, the slow ones
    at the function's next call, so each look is followed by one. Reading takes long when there are
    many: the last look is one that began when the time was over."""
    give_up_s = time.monotonic() + _ARRIVE_WITHIN_S
    is_last = False
    while not is_last:
        is_last = time.monotonic() >= give_up_s
        lines = list(log_lines(stack))
        if any(text in line for line in lines):
            return lines
        requests.get(f"{stack.api}/v1/health", timeout=10)
    raise AssertionError(f"no line holds {text}")


def parsed(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    yield from (json.loads(line) for line in lines if line.startswith("{"))

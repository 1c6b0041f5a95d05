"""A cold start: from the interpreter's first instruction to the first response, and out, as Lambda
never pays for what comes after that. `cold.py VARIANT JOB EVENT_FILE`; it imports next to nothing
itself."""

import importlib
import json
import os
import sys

from bench.gateway import slow_motion


class Context:
    function_name = "bench"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"


def main(variant: str, job: str, event_file: str) -> None:
    with open(event_file) as file:  # noqa: PTH123  pathlib is not free
        event = json.load(file)
    handler = importlib.import_module(f"bench.gateway.{variant}").handler(job)
    response = handler(event, Context())
    os._exit(0 if response["statusCode"] < 300 else 1)


if __name__ == "__main__":
    slow_motion.begin()
    main(*sys.argv[1:])

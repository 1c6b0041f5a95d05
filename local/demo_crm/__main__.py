"""`python -m local.demo_crm --port 9100`: serves until SIGTERM or Ctrl-C, then exits 0."""

import argparse
import signal
import socket
import sys
from types import FrameType

import uvicorn

from local.demo_crm.app import Settings, create_app


def main() -> None:
    arguments = _arguments()
    # uvicorn stops serving on a signal and then raises it again, for the handler that was before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    settings = Settings(
        hubspot_searches_per_second=arguments.hubspot_searches_per_second,
        shopify_points_per_second=arguments.shopify_points_per_second,
    )
    # A request that is being held up by a fault is not waited for.
    config = uvicorn.Config(
        create_app(settings), log_level="critical", access_log=False, timeout_graceful_shutdown=0
    )
    with socket.create_server(("127.0.0.1", arguments.port)) as listener:
        print(f"demo CRM on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listener])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.demo_crm", description=__doc__)
    parser.add_argument("--port", type=int, default=9100, help="0 picks a free one")
    parser.add_argument("--hubspot-searches-per-second", type=int, help="HubSpot's own limit is 5")
    parser.add_argument("--shopify-points-per-second", type=int, help="Shopify's own limit is 100")
    return parser.parse_args()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()

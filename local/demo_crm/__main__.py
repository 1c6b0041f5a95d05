"""`python -m local.demo_crm --port 9100`: serves until SIGTERM or Ctrl-C, then exits 0."""

import argparse
import signal
import sys
from types import FrameType

from local.demo_crm.app import Settings, create_app
from local.demo_crm.serving import listen, server


def main() -> None:
    arguments = _arguments()
    # uvicorn stops serving on a signal and then raises it again, for the handler that was before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    settings = Settings(
        hubspot_searches_per_second=arguments.hubspot_searches_per_second,
        shopify_points_per_second=arguments.shopify_points_per_second,
    )
    with listen(arguments.port) as listener:
        print(f"demo CRM on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        server(create_app(settings)).run(sockets=[listener])


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

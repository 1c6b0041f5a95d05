"""The side that API Gateway sees: routes, problems, logs, settings and the wiring."""

import gc

# What a function imports lives as long as it does: to look for garbage in it, again and again, is a
# fiftieth of a cold start.
gc.set_threshold(10_000)

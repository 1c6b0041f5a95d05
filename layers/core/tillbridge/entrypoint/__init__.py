"""The side that API Gateway sees: routes, problems, logs, settings and the wiring."""

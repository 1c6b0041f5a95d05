"""Discounts: a pure function from a case (basket, customer, campaigns, settings, instant) to what
each line and each campaign gives, and why (design: docs/adr/0011).

`case`, `campaign`, `condition`, `selector`, `benefit` are what people write; `engine.evaluate`
decides; `returns` gives back what a sale was given. No I/O, no clock, no binary float.
"""

"""Loyalty by the built-in ledger: what a till asks, to a decision, to its outcome."""

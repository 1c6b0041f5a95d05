"""Discounts that a sale is given: what of limited campaigns it holds and uses up, with or without
points, and what comes back of it (docs/applications.md).

An application is decided, held, captured, voided and swept as a redemption is, by decisions over
the ledger's items (`domain/ledger/decision`).
"""

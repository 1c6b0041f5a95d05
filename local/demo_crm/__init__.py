"""One process that answers in the shapes of real systems, for the local stack and the tests.

What it says, how it refuses and where its limits are follow each vendor's public documentation, so
that what works here works there. Where a vendor documents no text, the nearest published one is
used, and the module says so.
"""

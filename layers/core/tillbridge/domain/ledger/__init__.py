"""Points as money: accounts, redemptions, sales, journals, and every decision about them.

A decision is a pure function of the items it has seen: it asks for another item, answers, or says
what to write and under which conditions (`decision`). So the same code runs behind the API, in the
sweeper, and in the simulator that tries to break it (`tests/simulation`).
"""

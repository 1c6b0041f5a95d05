"""tillctl: what an integrator does to a tenant's records, from a first draft to going back.

A record is a file that people write (`record_file.py`); what is wrong with it is what the config
guard would say, by the same function. `tools/operator_store.py` is what an operator writes into a
deployed stack, AWS's or the local one (`environments.py`). Each command stands in a module of its
own; `app.py` puts them together, and turns every failure into one screen and an exit code
(`failures.py`).
"""

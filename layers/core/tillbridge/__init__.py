"""Tillbridge: a gateway between points of sale and a merchant's own systems.

The rooms, and who may import whom (import-linter holds it)::

    errors        every way to fail, with the words a cashier and a till get
    domain/       pure rules and shapes: customers, records, mappings, expressions; no AWS, no HTTP
    services/     one use case per file, written against the ports beside them
    adapters/     DynamoDB, Secrets Manager and the tenants' systems: what the ports are in the cloud
    entrypoint/   API Gateway's side: routes, problems, logs, settings; `wiring` alone knows adapters
"""

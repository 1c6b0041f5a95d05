"""Tillbridge: a gateway between points of sale and a merchant's own systems.

The rooms, and who may import whom (import-linter holds it)::

    errors        every way to fail, with the words a cashier and a till get
    domain/       pure rules and shapes: customers, records, mappings; no AWS, no HTTP
    services/     one use case per file, written against the ports beside them
    adapters/     what the ports are in the cloud: DynamoDB, Secrets Manager, tenants' systems
    entrypoint/   what API Gateway sees: routes, problems, logs; `wiring` alone knows adapters
"""

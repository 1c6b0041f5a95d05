# ruff: noqa: S105 - made-up credentials of a demo that listens on 127.0.0.1 only
"""The credentials and names the demo CRM accepts. Imports nothing, so that a seeder can read it."""

from typing import Final

KACHING_KEY: Final = "24e40822-228c-4d56-9bcd-9d99d2c10716"

HUBSPOT_TOKEN: Final = "pat-demo-only"

SHOPIFY_ACCESS_TOKEN: Final = "shpat_demo-only"

ENTRA_TENANT: Final = "5a0f6f0e-1f0b-4c5e-9d52-6f6b1c1c9a11"
ENTRA_CLIENT_ID: Final = "0c9a7a2c-9d0c-4a3e-8f0b-2b1f6a7c5d4e"
ENTRA_CLIENT_SECRET: Final = "dmo8Q~demo.only.client.secret.for.tests"
ENTRA_SCOPE: Final = "https://api.businesscentral.dynamics.com/.default"
BUSINESSCENTRAL_ENVIRONMENT: Final = "Production"
BUSINESSCENTRAL_COMPANY: Final = "9c2b6f4e-7a1d-4e7b-8a55-1d2f3c4b5a69"

ODOO_DATABASE: Final = "demo"
ODOO_UID: Final = 2
ODOO_API_KEY: Final = "b3f1d5c7a9e0824661f0c2d4e6a8b0c2d4e6f801"

SQUARE_TOKEN: Final = "EAAA-demo-only-square-access-token"
SALESFORCE_TOKEN: Final = "00Dd0demo!only.salesforce.session"
ERPLY_SESSION_KEY: Final = "f3a1c5e7b9d0demo0only0erply0session0key"
BARE_KEY: Final = "bare-demo-only-key-of-a-small-system"

SECRETS: Final = (
    KACHING_KEY,
    HUBSPOT_TOKEN,
    SHOPIFY_ACCESS_TOKEN,
    ENTRA_CLIENT_SECRET,
    ODOO_API_KEY,
    SQUARE_TOKEN,
    SALESFORCE_TOKEN,
    ERPLY_SESSION_KEY,
    BARE_KEY,
)

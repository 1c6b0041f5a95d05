"""Points that a merchant's own system keeps, moved by calls to it (docs/http-provider.md). As the
ledger's, decisions are pure: what was seen goes in, what to write and what to send comes out."""

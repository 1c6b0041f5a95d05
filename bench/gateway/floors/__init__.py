"""The floor's larger jobs, by hand for this one merchant: its campaigns' conditions and benefits
are written out where the app has an engine, and nothing is checked that no answer shows."""

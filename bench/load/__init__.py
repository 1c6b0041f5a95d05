"""Many tills of several merchants at one local stack."""

"""The composition roots, one per function that needs one: the only places that know which adapter
stands behind a port. Each use case is built once per execution environment, when first needed, and
a function imports no more than its own."""

"""What each POS sends of its sales (docs/sale-intake.md), to reports: `plain` for whoever writes to
us, `kaching` and `shopify` for what these send anyway. Of the latter, members that are not read are
the POS's own affair."""

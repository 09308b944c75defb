"""Any sequence of verbs keeps the promises."""

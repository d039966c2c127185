"""Any table, with a mapping document that says what its columns are."""

"""Claims: a party's own counts of what it says another did."""

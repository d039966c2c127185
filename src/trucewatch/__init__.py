"""trucewatch tells you whether a ceasefire is holding: where it is not, against which clause, and how sure."""

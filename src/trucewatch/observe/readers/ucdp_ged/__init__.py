"""UCDP GED: events of organised violence with at least one death, coded from news."""

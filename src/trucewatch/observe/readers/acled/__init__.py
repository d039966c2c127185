"""ACLED: political violence, coded by people from news and partners."""

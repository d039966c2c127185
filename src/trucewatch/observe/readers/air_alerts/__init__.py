"""Air-raid alerts in Ukraine: warnings, which are context."""

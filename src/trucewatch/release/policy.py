"""What each audience may see: the one table of it. What is not listed here is refused.

The rule, in plain sentences.
1. Without an audience, a product is internal. An internal product is a draft: nobody has released it.
2. The public sees settlements, not points; nothing younger than a day; no origins of fire, no observers, no weapons, and no
   incident that one such observation helped to place. Errors and chances are coarse: they tell no sector and no distance.
3. Parties and coalition get the same at the same time: what the agreement provides, with one delay for all of them.
   Humanitarian organisations see what the public sees.
4. The public and humanitarian organisations see incidents of a sensitive kind in groups of at least k (`groups`).
5. Rows of a source leave only where its licence lets them; incidents that rest on one source alone, likewise.
6. A row is only as public as its source or its observer says; without a word it is internal.
7. An officer's remark leaves with the signature that holds, to the audience that its author named; no other words leave.
"""

from typing import Final

from trucewatch import tables

AUDIENCES: Final = ("internal", "coalition", "parties", "humanitarian", "public")
WITHHELD: Final = (
    "too_recent",
    "origin_of_fire",
    "weapons_sighting",
    "audience_of_rows",
    "licence_of_source",
    "too_few",
    "table_not_for_audience",
)
SENSITIVE_KINDS: Final = ("violence_against_civilians", "threat_to_monitors", "access_restriction")
SENSITIVE_ACTS: Final = ("heavy_weapon", "military_presence", "advance_of_positions")

# Columns that leave the mission, by table. A table that is not here never leaves; a column that is not here is dropped.
OUTSIDE: Final[dict[str, tuple[str, ...]]] = {
    "incidents": (
        "incident_id", "act", "act_probability", "aspect", "start_utc", "end_utc", "time_error_s", "lon_deg", "lat_deg",
        "error_major_m", "error_minor_m", "error_azimuth_deg", "real_probability", "observations",
        "independent_sources", "source_ids", "count_low", "count_high", "deaths_low", "deaths_high",
        "injured_low", "injured_high", "civilians_low", "civilians_high", "senses",
    ),
    "findings": (
        "incident_id", "clause_id", "reading", "conformity", "probability", "contrary_probability", "actor",
        "actor_probability", "exception", "reasons",
    ),
    "tallies": ("clause_id", "reading", "conformity", "incidents"),
    "scope": ("clause_id", "reading", "judged_by", "reason"),
    "places": ("incident_id", "region_id", "probability"),
    "changes": ("change", "incident_id", "what", "start_utc", "act", "region_id"),
    "duties": (
        "clause_id", "reading", "bearer", "stage", "due", "deadline_utc", "from_utc", "status", "required", "shown", "reasons",
    ),
    "remarks": (
        "remark_id", "author", "key_id", "at_utc", "day", "language", "text", "signature", "signature_holds", "audience",
    ),
    "sides": ("incident_id", "side", "probability"),
    "verdicts": ("incident_id", "decision", "alone"),
    "replies": ("finding", "incident_id", "clause_id", "party", "text", "sent_utc", "hours", "at_utc", "is_late"),
    "corrections": ("of", "what", "in_force_utc"),
    "deliveries": (
        "source_id", "rows_in", "observations", "context", "set_aside", "repeated", "superseded",
    ),
}  # fmt: skip
KNOWN: Final = frozenset(tables.TABLES)

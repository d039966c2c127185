"""Read the table of statements that a mission's clerk keeps, as CSV or XLSX: who said what, when, where it was published.

Columns: `id`, `speaker`, `speaks_for`, `said`, `does`, `clause`, `about`, `from`, `until`, `place`, `lon`, `lat`, `radius_m`,
`purpose`, `words`, `exact`, `language`, `citation`; `audience` may stand there too. Only `id`, `speaker`, `said`, `words`,
`exact`, `citation` must be filled in.

The rules:
- `words` are exact, in the language in which they were said. `exact` is "yes"; a row with "no" is a paraphrase and is set aside
  with the rule `words_are_a_paraphrase`: what a person meant is not recorded as what was said.
- `does` is what the words do under the clause, one of the codes of the table `statements` (order, notify, extend, suspend,
  resume, release, verify, authorise, claim_exception, accept_exception, reject_exception), or empty for words that only say
  something. What extends, suspends, resumes, releases, verifies, authorises or claims names its `clause`; what accepts or
  rejects names, in `about`, the `id` of the claim that it decides on.
- Times are "2026-04-09", "2026-04-09 18:00" or with an offset ("2026-04-09T18:00+03:00", "…Z"); without one they are local.
  `said` on a day without an hour is its last minute: it binds nobody before. `from` on a day is its beginning, `until` its end.
- `lon`, `lat`, `radius_m` are a circle, and stand together or not at all.
- `language` is two small letters. `audience` narrows who may see the row. `sheet` is the one option: the sheet of a workbook.
"""

from typing import Final

import polars as pl

from trucewatch import tables
from trucewatch.errors import DeliveryError
from trucewatch.observe.delivery import Delivery, Given, Taken
from trucewatch.observe.fields import coordinate_rules, is_day, iso_span, number
from trucewatch.observe.rows import Rule, read_rows, sort_out
from trucewatch.tables.reported import DOES

COLUMNS: Final = (
    "id", "speaker", "speaks_for", "said", "does", "clause", "about", "from", "until", "place", "lon", "lat", "radius_m",
    "purpose", "words", "exact", "language", "citation",
)  # fmt: skip


def read(delivery: Delivery, given: Given) -> Taken:
    """Read one table of statements; times without an offset are those of `given.time_zone`."""
    if unknown := set(given.options) - {"sheet"}:
        raise DeliveryError(f"unknown options {sorted(unknown)}", where=delivery.name, to_do="use sheet")
    rows = read_rows(delivery, required=COLUMNS, optional=("audience",), sheet=given.options.get("sheet"))
    zone = given.time_zone.key
    (said, said_end), (first, _), (last, last_end) = (iso_span(name, zone) for name in ("said", "from", "until"))
    frame = rows.frame.with_columns(
        pl.when(is_day("said")).then(said_end - pl.duration(minutes=1)).otherwise(said).alias("said_utc"),
        first.alias("from_utc"),
        pl.when(is_day("until")).then(last_end).otherwise(last).alias("until_utc"),
    )
    good, aside = sort_out(frame, _rules(given), delivery=delivery)
    statements = good.select(
        "line", pl.col("id").alias("native_id"), "speaker", "speaks_for", "said_utc", "does",
        pl.col("clause").alias("clause_id"), "about", "from_utc", "until_utc", "place",
        number("lon").alias("lon_deg"), number("lat").alias("lat_deg"), number("radius_m").alias("radius_m"),
        "purpose", pl.col("words").alias("text"), "language", "citation",
        pl.col("audience").fill_null(given.manifest.audience),
    )  # fmt: skip
    return Taken(
        rows.rows_in,
        tables.empty("observations"),
        pl.concat([tables.empty("set_aside"), rows.set_aside, aside]),
        context={"statements": statements},
    )


def _rules(given: Given) -> list[Rule]:
    """Return what a row must keep; what an act needs besides (a clause, a statement) is a rule of the table."""
    nowhere = pl.col("lon").is_null() & pl.col("lat").is_null()
    given_place = [rule._replace(ok=nowhere | rule.ok) for rule in coordinate_rules("lat", "lon", box=given.box)]
    needed = ("id", "speaker", "words", "citation")
    return [
        *(Rule(f"{name}_is_absent", name, pl.col(name).is_not_null()) for name in needed),
        Rule("exact_is_neither_yes_nor_no", "exact", pl.col("exact").is_in(["yes", "no"])),
        Rule("words_are_a_paraphrase", "exact", pl.col("exact") == "yes"),
        Rule("time_is_none", "said", pl.col("said_utc").is_not_null()),
        Rule("from_is_no_time", "from", pl.col("from").is_null() | pl.col("from_utc").is_not_null()),
        Rule("until_is_no_time", "until", pl.col("until").is_null() | pl.col("until_utc").is_not_null()),
        Rule("does_unknown", "does", pl.col("does").is_null() | pl.col("does").is_in(list(DOES))),
        *given_place,
        Rule("radius_is_no_length", "radius_m", pl.col("radius_m").is_null() | (number("radius_m") > 0)),
        Rule(
            "language_is_no_code",
            "language",
            pl.col("language").is_null() | pl.col("language").str.contains("^[a-z]{2}$"),
        ),
    ]

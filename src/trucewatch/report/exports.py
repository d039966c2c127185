"""The same as the page, for machines: CSV and GeoJSON. Text from outside is hostile here too."""

import io
import json

import polars as pl

from trucewatch.release import Released
from trucewatch.report.facts import ReportFacts
from trucewatch.words import plain

FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


def csv(frame: pl.DataFrame) -> bytes:
    """Return a table as CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it.

    >>> csv(pl.DataFrame({"text": ["=1+1", "plain"], "n": [-1, 2]})).decode()
    "text,n\\n'=1+1,-1\\nplain,2\\n"
    """
    out = io.BytesIO()
    harmless(frame).write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%SZ", float_precision=6)
    return out.getvalue()


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose lists are texts, and whose texts steer nothing and begin no formula."""
    flat = frame.with_columns(
        pl.col(name).list.eval(_flat(pl.element(), dtype.inner)).list.join("; ")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
    )
    safe = plainly(flat)
    texts = [name for name, dtype in flat.schema.items() if dtype == pl.String]
    starts = "^[" + "".join(("\\" + c if c in "-" else c) for c in FORMULA_STARTS) + "]"
    return safe.with_columns(
        pl.when(pl.col(name).str.contains(starts)).then(pl.concat_str(pl.lit("'"), name)).otherwise(name).alias(name)
        for name in texts
    )


def plainly(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts steer nothing."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if not _odd(frame, texts):
        return frame
    return frame.with_columns(pl.col(texts).map_elements(plain, return_dtype=pl.String))


def _flat(element: pl.Expr, inner: object) -> pl.Expr:
    """Return a list's element as text."""
    if isinstance(inner, pl.Struct):
        return pl.format("{} {}", element.struct[0], element.struct[1].round(3))
    return element.cast(pl.String)


def _odd(frame: pl.DataFrame, texts: list[str]) -> bool:
    """Say whether any text holds control, format or private characters, which are rare and slow to remove."""
    if not texts:
        return False
    return bool(frame.select(pl.any_horizontal(pl.col(texts).str.contains(r"[\p{Cc}\p{Cf}\p{Co}]").any())).item())


def geojson(incidents: pl.DataFrame, findings: pl.DataFrame, facts: ReportFacts, released: Released) -> bytes:
    """Return the incidents of the period as GeoJSON points with their error ellipse, findings and standing of the text."""
    said = plainly(
        findings.select("incident_id", pl.format("{} ({}): {}", "clause_id", "reading", "conformity").alias("findings"))
    )
    columns = [
        "incident_id", "act", "act_probability", "start_utc", "end_utc", "error_major_m", "error_minor_m",
        "error_azimuth_deg", "real_probability", "observations", "independent_sources", "region_id", "findings",
    ]  # fmt: skip
    listed = said.group_by("incident_id").agg(pl.col("findings").sort())
    table = (
        incidents.join(listed, on="incident_id", how="left")
        .select(
            pl.col("lon_deg", "lat_deg").round(5),
            *columns,
        )
        .with_columns(
            pl.col("start_utc", "end_utc").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            pl.col("act_probability", "real_probability").round(3),
            pl.col("error_major_m", "error_minor_m", "error_azimuth_deg").round(0),
            pl.col("findings").fill_null([]),
        )
    )
    encode = json.JSONEncoder(ensure_ascii=False).encode
    lines = [
        encode(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": dict(zip(columns, values, strict=True)),
            }
        )
        for lon, lat, *values in zip(*(column.to_list() for column in plainly(table)), strict=True)
    ]
    head = {
        "audience": released.audience,
        "agreement": plain(facts.agreement.title),
        "standing": str(facts.agreement.standing),
        "back_test": facts.is_back_test,
        "errors": "error_major_m and error_minor_m are one sigma",
    }
    text = json.dumps(head, ensure_ascii=False)
    return (
        f'{{"type": "FeatureCollection", "trucewatch": {text}, "features": [\n'.encode()
        + ",\n".join(lines).encode()
        + b"\n]}\n"
    )

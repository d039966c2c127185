"""Nothing leaves but through release, and through it only what is listed, old enough, coarse enough and allowed."""

import csv
import datetime as dt
import io
import json
import os
import re
from zoneinfo import ZoneInfo

import dataframely as dy
import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from trucewatch import place, report, tables
from trucewatch.errors import ReleaseRefused, TableError
from trucewatch.release import AUDIENCES, OUTSIDE, Released, ReleaseSettings, prepare
from trucewatch.when import Span

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OUTSIDERS = AUDIENCES[1:]
WORLDS = int(os.environ.get("TRUCEWATCH_SECRET_WORLDS", "6"))  # each with some 300 secrets


@pytest.fixture(scope="session")
def release(manifests, settlements):
    """Return a function that prepares tables for the public, unless told otherwise."""

    def make(given_frames, **told):
        return prepare(
            given_frames,
            **({"audience": "public", "now": NOW, "manifests": manifests, "settlements": settlements} | told),
        )

    return make


def left(released: Released) -> list[str]:
    return released.tables["incidents"]["incident_id"].to_list()


# ---- what is not known is refused


@pytest.mark.parametrize("audience", ["", "Public", "everybody", "PUBLIC ", "internal "])
def test_an_unknown_audience_is_refused(release, frames, audience):
    with pytest.raises(ReleaseRefused, match="audience"):
        release(frames({}), audience=audience)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_unknown_table_is_refused(release, frames, audience):
    with pytest.raises(ReleaseRefused, match="notes"):
        release(frames({}) | {"notes": pl.DataFrame()}, audience=audience)


@pytest.mark.parametrize("table", ["observations", "deliveries"])
@pytest.mark.parametrize("audience", OUTSIDERS)
def test_a_source_without_a_manifest_is_refused(release, frames, audience, table):
    given_frames = frames({})
    given_frames[table] = given_frames[table].with_columns(source_id=pl.lit("stranger"))
    with pytest.raises(ReleaseRefused, match="stranger"):
        release(given_frames, audience=audience)


def test_a_source_that_only_an_incident_names_is_refused_without_a_manifest(release, frames):
    with pytest.raises(ReleaseRefused, match="stranger"):
        release(frames({"source_ids": ["open", "stranger"]}))


@pytest.mark.parametrize(
    "absent", [["incidents"], ["members"], ["observations"], ["members", "observations"], ["findings"]]
)
def test_without_the_tables_that_decide_it_is_refused(release, frames, absent):
    with pytest.raises(ReleaseRefused):
        release({name: frame for name, frame in frames({}).items() if name not in absent})


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_instant_without_a_time_zone_is_refused(release, frames, audience):
    with pytest.raises(ReleaseRefused, match="now"):
        release(frames({}), audience=audience, now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("token", [None, object(), "public"])
def test_only_prepare_makes_released_tables(token):
    with pytest.raises(ReleaseRefused):
        Released(token, "public", NOW, {}, {})


def test_a_surplus_column_is_an_error(release, frames):
    given_frames = frames({})
    given_frames["incidents"] = given_frames["incidents"].with_columns(note=pl.lit("secret"))
    with pytest.raises(TableError, match="note"):
        release(given_frames)


@pytest.mark.parametrize("audience", OUTSIDERS)
def test_a_new_column_that_nobody_listed_is_dropped(release, frames, monkeypatch, audience):
    class Wider(tables.Incidents):
        note = dy.String()

    monkeypatch.setitem(tables.TABLES, "incidents", Wider)
    given_frames = frames({"note": "secret"})
    assert "note" in given_frames["incidents"].columns
    released = release(given_frames, audience=audience)
    assert left(released) == ["incident000"]
    assert {name: tuple(frame.columns) for name, frame in released.tables.items()} == OUTSIDE


# ---- who sees what


def test_an_internal_product_is_a_draft_with_everything_as_it_is(release, frames):
    given_frames = frames({"act": "heavy_weapon", "weapon": "tank"}, {"start_utc": NOW, "end_utc": NOW})
    released = release(given_frames, audience="internal")
    assert released.is_draft
    assert released.withheld == {}
    assert set(released.tables) == set(given_frames)
    assert all(released.tables[name].equals(frame) for name, frame in given_frames.items())


@pytest.mark.parametrize("audience", OUTSIDERS)
def test_no_rows_pairs_observers_or_set_aside_values_leave(release, frames, audience):
    released = release(frames({}), audience=audience)
    assert not released.is_draft
    assert set(released.tables) == set(OUTSIDE)
    assert released.withheld == {"table_not_for_audience": 6}


@pytest.mark.parametrize("audience", OUTSIDERS)
@pytest.mark.parametrize(
    ("incident", "reason"),
    [
        ({"act": "heavy_weapon"}, "weapons_sighting"),
        ({"act": "military_presence"}, "weapons_sighting"),
        ({"rows": [{}, {"act": "heavy_weapon"}]}, "weapons_sighting"),
        ({"aspect": "outgoing"}, "origin_of_fire"),
        ({"act": "muzzle_flash"}, "origin_of_fire"),
        ({"rows": [{"aspect": "impact"}, {"aspect": "outgoing"}]}, "origin_of_fire"),
        ({"rows": [{}, {"act": "muzzle_flash"}]}, "origin_of_fire"),
        ({"rows": [{"source_id": "shut"}]}, "licence_of_source"),
        ({"rows": [{"source_id": "patrol"}]}, "audience_of_rows"),
        ({"rows": [{}, {"audience": "internal"}]}, "audience_of_rows"),
        ({"rows": []}, "audience_of_rows"),
        ({"start_utc": NOW - 23 * HOUR, "end_utc": NOW - 23 * HOUR}, "too_recent"),
    ],
)
def test_what_may_not_leave_is_withheld_counted_and_gone_from_every_table(release, frames, audience, incident, reason):
    fine = {"observations": 1, "independent_sources": 1} | incident
    released = release(frames(fine, {}), audience=audience)
    assert left(released) == ["incident001"]
    told = released.withheld.get(reason)
    assert told == (1 if audience in ("coalition", "parties") else None)  # of fewer than k, no number leaves
    five = release(frames(*[fine] * 5, {}), audience=audience)
    assert five.withheld[reason] == 5
    for name in ("findings", "places"):
        assert set(released.tables[name]["incident_id"]) == {"incident001"}


@pytest.mark.parametrize("aspect", [None, "impact", "airburst", "undetermined"])
def test_other_aspects_leave(release, frames, aspect):
    assert left(release(frames({"aspect": aspect}))) == ["incident000"]


@pytest.mark.parametrize(
    ("sources", "leaves"),
    [
        (["open"], True),
        (["derived"], True),
        (["shut"], False),
        (["shut", "shut"], False),
        (["open", "shut"], True),
        (["derived", "shut"], True),
    ],
)
def test_the_licence_counts_where_an_incident_rests_on_nothing_else(release, frames, sources, leaves):
    released = release(frames({"rows": [{"source_id": name} for name in sources]}))
    assert (left(released) == ["incident000"]) is leaves


def test_the_licence_is_that_of_the_rows_whatever_the_incident_says(release, frames):
    assert left(release(frames({"rows": [{"source_id": "shut"}], "source_ids": ["open"]}))) == []


def test_a_mission_without_closed_licences_withholds_nothing_for_them(release, frames, manifests):
    few = {name: manifest for name, manifest in manifests.items() if name != "shut"}
    assert left(release(frames({}), manifests=few)) == ["incident000"]


@pytest.mark.parametrize("audience", OUTSIDERS)
@pytest.mark.parametrize("row", AUDIENCES)
def test_a_row_is_as_public_as_its_observer_says(release, frames, row, audience):
    released = release(frames({"rows": [{"source_id": "patrol", "audience": row}]}), audience=audience)
    assert bool(left(released)) is (AUDIENCES.index(row) >= AUDIENCES.index(audience))


@pytest.mark.parametrize(("source", "widest"), [("patrol", "internal"), ("allied", "coalition"), ("open", "public")])
@pytest.mark.parametrize("audience", OUTSIDERS)
def test_without_a_word_a_row_is_as_public_as_its_source(release, frames, source, widest, audience):
    released = release(frames({"rows": [{"source_id": source}]}), audience=audience)
    assert bool(left(released)) is (AUDIENCES.index(widest) >= AUDIENCES.index(audience))


def test_a_member_whose_row_is_not_there_closes_its_incident(release, frames):
    given_frames = frames({"rows": [{}, {}]}, {})
    given_frames["observations"] = given_frames["observations"].filter(pl.col("observation_id") != "o0-1")
    assert left(release(given_frames)) == ["incident001"]


@pytest.mark.parametrize(
    ("age_h", "width_h", "sigma_h", "delay_h", "leaves"),
    [
        (24, 0, 0, 24, True), (23.99, 0, 0, 24, False), (26, 0, 0.5, 24, True), (25, 0, 0.5, 24, False),
        (30, 10, 0, 24, False), (34, 10, 0, 24, True), (71, 0, 0, 72, False), (72, 0, 0, 72, True), (-5, 0, 0, 24, False),
    ],
)  # fmt: skip
def test_nothing_younger_than_a_day_at_three_sigma(release, frames, age_h, width_h, sigma_h, delay_h, leaves):
    start = NOW - age_h * HOUR
    told = {"start_utc": start, "end_utc": start + width_h * HOUR, "time_error_s": sigma_h * 3600.0}
    released = release(frames(told), settings=ReleaseSettings(public_delay_hours=delay_h))
    assert bool(left(released)) is leaves


def test_the_delay_is_counted_in_any_time_zone(release, frames):
    young = {"start_utc": NOW - 23 * HOUR, "end_utc": NOW - 23 * HOUR}
    assert left(release(frames(young), now=NOW.astimezone(ZoneInfo("Asia/Tokyo")))) == []


# ---- masking

points = st.tuples(st.floats(-34, -26), st.floats(43, 51), st.sampled_from([50.0, 900.0, 30_000.0]))


@settings(max_examples=25)
@given(
    st.lists(points, min_size=1, max_size=12),
    st.sampled_from([3, 4, 5, 6]),
    st.sampled_from([2_000.0, 10_000.0, 50_000.0]),
)
def test_a_position_goes_to_a_settlement_or_a_cell_and_its_error_covers_the_move(
    release, frames, settlements, told, resolution, reach
):
    given_frames = frames(
        *({"lon_deg": x, "lat_deg": y, "error_major_m": e, "error_minor_m": 40.0} for x, y, e in told)
    )
    masked = release(
        given_frames, settings=ReleaseSettings(cell_resolution=resolution, settlement_reach_m=reach)
    ).tables["incidents"]
    lon, lat, error = (np.array(column) for column in zip(*told, strict=True))
    x, y, radius = (masked[name].to_numpy() for name in ("lon_deg", "lat_deg", "error_major_m"))
    assert (place.distance_m(lon, lat, x, y) <= radius).all()
    assert (radius > error).all()
    at_x, at_y = settlements["lon_deg"].to_numpy(), settlements["lat_deg"].to_numpy()
    away = place.distance_m(lon[:, None], lat[:, None], at_x, at_y)
    near, nearest = away.min(axis=1) <= reach, away.argmin(axis=1)
    middles = place.cell_middles(place.cells(lon, lat, resolution))
    assert x == pytest.approx(np.where(near, at_x[nearest], middles[:, 0]))
    assert y == pytest.approx(np.where(near, at_y[nearest], middles[:, 1]))


def test_the_same_point_is_always_masked_the_same_way(release, frames):
    here = {"lon_deg": -31.12345, "lat_deg": 49.54321}
    alone = release(frames(here)).tables["incidents"]
    among = release(frames({}, {"lon_deg": -29.0, "lat_deg": 47.0}, here, here), now=NOW + 9 * DAY).tables["incidents"]
    where = ["lon_deg", "lat_deg", "error_major_m", "error_minor_m", "error_azimuth_deg"]
    assert alone.select(where).rows() * 2 == among.tail(2).select(where).rows()


def test_an_ellipse_tells_no_sector_and_a_time_no_minute(release, frames):
    start = dt.datetime(2026, 3, 20, 13, 37, 41, tzinfo=dt.UTC)
    told = {"start_utc": start, "end_utc": start + 70 * HOUR / 60, "error_major_m": 25_563.0, "error_minor_m": 357.0}
    row = release(frames(told)).tables["incidents"].row(0, named=True)
    assert (row["start_utc"], row["end_utc"]) == (
        start.replace(minute=0, second=0),
        start.replace(hour=15, minute=0, second=0),
    )
    assert row["error_major_m"] == row["error_minor_m"]
    assert row["error_major_m"] % 1000 == 0
    assert row["error_azimuth_deg"] == 0


def test_chances_tell_no_distance_from_a_zone_s_edge(release, frames):
    many = frames(
        *({"act": "uav_flight", "lon_deg": -31.6 + n / 1000, "error_major_m": 2_000.0} for n in range(200)), judged=True
    )
    released = release(many)
    for table, column in (("findings", "contrary_probability"), ("findings", "probability"), ("places", "probability")):
        fine, coarse = (frame[table][column].drop_nulls() for frame in (many, released.tables))
        assert fine.n_unique() > 21
        assert set(coarse) <= {round(n / 20, 2) for n in range(21)}


@pytest.mark.parametrize("with_settlements", [True, False])
def test_nothing_in_nothing_out(release, frames, settlements, with_settlements):
    released = release(frames({"act": "heavy_weapon"}), settlements=settlements if with_settlements else None)
    assert [released.tables[name].height for name in ("incidents", "findings", "places", "tallies")] == [0, 0, 0, 0]


# ---- counts


def test_tallies_count_what_left(release, frames):
    given_frames = frames(
        {},
        {"act": "uav_flight", "lon_deg": -28.0},
        {"act": "heavy_weapon", "weapon": "tank"},
        {"aspect": "outgoing"},
        judged=True,
    )
    released = release(given_frames).tables
    each = released["tallies"].group_by("clause_id", "reading").agg(pl.col("incidents").sum())
    assert set(each.select("clause_id", "reading").rows()) == set(
        given_frames["tallies"].select("clause_id", "reading").rows()
    )
    assert set(each["incidents"]) == {2}
    keys = ["clause_id", "reading", "conformity"]
    stored = released["findings"].group_by(keys).agg(pl.len().cast(pl.Int64).alias("incidents")).sort(keys)
    assert stored.height
    assert stored.equals(released["tallies"].filter(pl.col("conformity") != "outside_scope"))


def test_deliveries_are_one_total_a_source(release, frames):
    given_frames = frames({})
    one = given_frames["deliveries"]
    given_frames["deliveries"] = pl.concat([one, one.with_columns(delivery_id=pl.lit("d2"), name=pl.lit("post 7.csv"))])
    assert release(given_frames, audience="parties").tables["deliveries"].rows() == [("open", 4, 2, 0, 2, 0, 0)]
    assert release(given_frames).tables["deliveries"].rows() == [("open", 0, 0, 0, 0, 0, 0)]  # in steps of k, downwards


# ---- no secret in any table or file


SOURCES = ("open", "open", "open", "derived", "shut", "patrol")


def planted(frames, settlements, seed):
    """Return tables with secrets in every internal column, and the secrets."""
    rng = np.random.default_rng(seed)
    secrets = []

    def word(kind: str) -> str:
        secrets.append(f"{kind}-{rng.integers(16**8):08x}")
        return secrets[-1]

    def row(source: str) -> dict:
        return {
            "source_id": source, "text": word("said"), "native_id": word("native"), "weapon": word("launcher"),
            "object": word("target"), "reported_party": word("party"), "delivery_id": word("delivery"),
        }  # fmt: skip

    told = []
    for _ in range(20):
        start = NOW - rng.uniform(0, 6) * DAY
        told.append(
            {
                "lon_deg": rng.uniform(-31.7, -31.3), "lat_deg": rng.uniform(49.8, 50.3), "start_utc": start, "end_utc": start,
                "act": str(rng.choice(["explosion", "shelling", "burst", "uav_flight", "heavy_weapon", "muzzle_flash"])),
                "aspect": [None, "impact", "outgoing"][rng.integers(3)],
                "weapon": word("launcher"), "object": word("target"), "reported_party": word("party"),
                "rows": [row(str(source)) for source in rng.choice(SOURCES, rng.integers(1, 3))],
            }
        )  # fmt: skip
    given_frames = frames(*told, judged=True)
    n = given_frames["sightings"].height
    spots = rng.uniform([-31.7, 49.8], [-31.3, 50.3], (n, 2))
    given_frames["sightings"] = given_frames["sightings"].with_columns(
        pl.Series("observer", [word("post") for _ in range(n)]),
        pl.Series("observer_lon_deg", spots[:, 0]),
        pl.Series("observer_lat_deg", spots[:, 1]),
    )
    given_frames["deliveries"] = given_frames["deliveries"].with_columns(
        name=pl.lit(word("file")), sha256=pl.lit(f"{rng.integers(16**12):064x}")
    )
    secrets.append(given_frames["deliveries"]["sha256"][0])
    given_frames["set_aside"] = given_frames["set_aside"].with_columns(value=pl.lit(word("value")))
    lon, lat = (given_frames["incidents"][name].to_numpy() for name in ("lon_deg", "lat_deg"))
    exact = np.abs(np.concatenate([spots.ravel(), lon, lat]))
    may_be_told = np.abs(
        [*place.cell_middles(place.cells(lon, lat, 6)).ravel(), *settlements["lon_deg"], *settlements["lat_deg"]]
    )
    exact = exact[np.abs(exact[:, None] - may_be_told).min(axis=1) > 2e-4]
    secrets += [text for value in exact for text in (f"{value:.4f}", f"{value - 5e-5:.4f}")]
    secrets += given_frames["observations"]["observation_id"].to_list()
    return given_frames, secrets


def facts_of(agreement, regions, basemap, manifests, day: dt.date) -> report.ReportFacts:
    end = dt.datetime.combine(day, dt.time(19, 30), dt.UTC)
    return report.ReportFacts(
        mission_title="A mission", mission_note="", number=1, day=day, period=Span(end - DAY, end),
        period_before=Span(end - 2 * DAY, end - DAY), time_zone=ZoneInfo("Atlantic/Azores"), cut_off=dt.time(19, 30),
        agreement=agreement, regions=regions, basemap=basemap, manifests=manifests, versions={"trucewatch": "0"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def of_the_map(release, frames, agreement, regions, basemap, manifests, text_in):
    """Return whether a text is in a map on which nothing happened: a number of it may begin like a secret one, by chance."""
    facts = facts_of(agreement, regions, basemap, manifests, NOW.date())
    files = report.render(release(frames({"act": "heavy_weapon"})), facts)
    text = text_in("incidents.gpkg", files["incidents.gpkg"])
    return lambda secret: tells(text, secret)


def tells(text: str, secret: str) -> bool:
    """Say whether a text has a secret; the end of a longer number, as 50.1213 in 550.1213, is another number."""
    return secret in text and ("." not in secret or re.search(rf"(?<!\d){re.escape(secret)}", text) is not None)


@settings(max_examples=WORLDS, phases=[Phase.generate])  # a smaller leak is no clearer
@given(st.integers(0, 2**31), st.sampled_from(OUTSIDERS), st.integers(0, 4))
def test_no_secret_is_in_any_table_or_file(
    release, frames, settlements, agreement, regions, basemap, manifests, text_in, of_the_map, seed, audience, days_ago
):
    given_frames, secrets = planted(frames, settlements, seed)
    secrets = [secret for secret in secrets if not of_the_map(secret)]
    assert len(secrets) > 50
    released = release(given_frames, audience=audience)
    assume(left(released))
    gone = set(given_frames["incidents"]["incident_id"]) - set(left(released))
    facts = facts_of(agreement, regions, basemap, manifests, (NOW - days_ago * DAY).date())
    files = report.render(released, facts)
    files |= {name: json.dumps(frame.to_dicts(), default=str).encode() for name, frame in released.tables.items()}
    for name, data in files.items():
        text = text_in(name, data)
        assert [secret for secret in (*secrets, *gone) if tells(text, secret)] == [], name


def test_the_search_finds_what_an_internal_draft_shows(
    release, frames, settlements, agreement, regions, basemap, manifests, text_in
):
    """The same search over a draft, which hides nothing, finds secrets: it is not blind."""
    given_frames, secrets = planted(frames, settlements, 1)
    released = release(given_frames, audience="internal")
    text = "".join(json.dumps(frame.to_dicts(), default=str) for frame in released.tables.values())
    assert [secret for secret in secrets if secret not in text and "." not in secret] == []
    days = [facts_of(agreement, regions, basemap, manifests, (NOW - n * DAY).date()) for n in range(7)]
    pages = "".join(text_in(*file) for facts in days for file in report.render(released, facts).items())
    assert {secret.split("-")[0] for secret in secrets if secret in pages} >= {"launcher", "value", "file"}
    assert sum("." in secret and secret in text for secret in secrets) >= given_frames["sightings"].height


def test_a_public_export_has_no_column_that_is_not_listed(release, frames, agreement, regions, basemap, manifests):
    released = release(frames({}, judged=True))
    files = report.render(released, facts_of(agreement, regions, basemap, manifests, (NOW - 3 * DAY).date()))
    made = {"region_id", "conformity", "stamp"}
    for name in ("incidents", "findings", "deliveries", "scope"):
        rows = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode())))
        assert set(rows[0]) <= {*OUTSIDE[name], *made}
        assert len(rows) > 1
    assert "set_aside.csv" not in files

"""Duties, sides and changes leave only as far as the rows that they rest on may be shown."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import tables
from trucewatch.release import AUDIENCES, prepare

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)
OLD = NOW - dt.timedelta(days=3)


@pytest.fixture
def public(frames, manifests, settlements):
    """Return a function from further tables to what the public sees of them, beside one open and one recent incident."""

    def make(audience="public", **more):
        recent = {"start_utc": NOW, "end_utc": NOW}
        given = frames({}, recent) | more
        return prepare(given, audience=audience, now=NOW, manifests=manifests, settlements=settlements).tables

    return make


def duty(*, evidence=(), against=(), bearer="calder"):
    row = {
        "clause_id": "report", "reading": "text", "bearer": bearer, "stage": "", "due": "complete", "deadline_utc": OLD,
        "from_utc": OLD - dt.timedelta(days=9), "status": "not_verified", "required": None, "shown": None,
        "evidence": list(evidence), "counter_evidence": list(against), "reasons": ["no_evidence"],
    }  # fmt: skip
    lists = dict.fromkeys(("evidence", "counter_evidence", "reasons"), pl.List(pl.String))
    whole = pl.DataFrame([row], schema_overrides=lists | {"required": pl.Int64, "shown": pl.Int64})
    return tables.conform(whole, "duties")


def seen(**own):
    row = {
        "observation_id": "e1", "source_id": "open", "act": "site_inspection", "start_utc": OLD, "end_utc": OLD,
        "time_error_s": 60.0, "lon_deg": -31.4, "lat_deg": 50.1, "error_major_m": 9.0, "error_minor_m": 9.0,
        "error_azimuth_deg": 0.0,
    } | own  # fmt: skip
    return tables.conform(pl.DataFrame([row]), "evidence")


def test_a_duty_leaves_without_the_ids_of_its_rows(public):
    told = public(duties=duty(evidence=["e1"]), evidence=seen())["duties"]
    assert told.height == 1
    assert not {"evidence", "counter_evidence"} & set(told.columns)


@pytest.mark.parametrize(
    "own",
    [
        {"source_id": "patrol"}, {"source_id": "shut"}, {"source_id": "allied"}, {"audience": "internal"},
        {"end_utc": NOW - dt.timedelta(hours=23)}, {"time_error_s": 3600 * 24.0}, {"act": "heavy_weapon"},
        {"aspect": "outgoing"}, {"observation_id": "another"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["evidence", "against"])
def test_a_duty_that_rests_on_one_closed_row_stays_inside(public, own, how):
    assert public(duties=duty(**{how: ["e1"]}), evidence=seen(**own))["duties"].is_empty()
    assert public("internal", duties=duty(**{how: ["e1"]}), evidence=seen(**own))["duties"].height == 1


def test_without_the_table_of_evidence_only_what_rests_on_nothing_leaves(public):
    both = pl.concat([duty(evidence=["e1"]), duty(bearer="merrow")])
    assert public(duties=both)["duties"]["bearer"].to_list() == ["merrow"]


@pytest.mark.parametrize("audience", AUDIENCES[1:])
def test_sides_and_changes_leave_with_their_incident_alone(public, audience):
    ids = ["incident000", "incident001", "gone"]
    sides = tables.conform(pl.DataFrame({"incident_id": ids, "side": "calder", "probability": 0.8734}), "sides")
    lists = {name: [["x"], [], []] if name == "what" else [["before"], [], []] for name in ("was", "what")}
    changed = pl.DataFrame(
        {"change": ["revised", "late", "withdrawn"], "incident_id": ids, **lists, "start_utc": OLD, "act": "explosion"},
        schema_overrides={"was": pl.List(pl.String), "what": pl.List(pl.String)},
    ).with_columns(pl.col("start_utc").dt.offset_by("17m"), region_id=pl.lit(None, dtype=pl.String))  # fmt: skip
    told = public(audience, sides=sides, changes=tables.conform(changed, "changes"))
    assert told["sides"].rows() == [("incident000", "calder", 0.85)]
    assert told["changes"]["incident_id"].to_list() == ["incident000"]
    assert told["changes"]["start_utc"].to_list() == [OLD]
    assert "was" not in told["changes"].columns

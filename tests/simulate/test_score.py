import datetime as dt

import numpy as np
import polars as pl
import pytest

from trucewatch.simulate import score

AT = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)
EVENTS = pl.DataFrame({
    "event_id": ["e1", "e2", "e3"], "act": ["shelling", "burst", "shelling"], "lon_deg": [30.0, 31.0, 32.0],
    "lat_deg": [48.0, 48.0, 48.0], "at_utc": [AT, AT, AT + dt.timedelta(hours=8)],
}, schema_overrides={"at_utc": pl.Datetime("us", "UTC")})  # fmt: skip
ROWS = pl.DataFrame({
    "source_id": ["s"] * 6, "native_id": ["1", "2", "3", "4", "5", "6"],
    "event_id": ["e1", "e1", "e1", "e2", None, None],
    "fate": ["observation"] * 5 + ["set_aside"],
})  # fmt: skip
OBSERVATIONS = pl.DataFrame({
    "observation_id": ["o1", "o2", "o3", "o4", "o5"], "source_id": ["s"] * 5, "native_id": ["1", "2", "3", "4", "5"],
})  # fmt: skip


def _incidents(*rows: tuple[str, str, float, float]) -> pl.DataFrame:
    ids, acts, lon, sigma = zip(*rows, strict=True)
    n = len(rows)
    return pl.DataFrame({
        "incident_id": ids, "act": acts, "lon_deg": lon, "lat_deg": [48.0] * n,
        "start_utc": [AT] * n, "end_utc": [AT] * n,
        "error_major_m": sigma, "error_minor_m": sigma, "error_azimuth_deg": [0.0] * n,
    }, schema_overrides={"start_utc": pl.Datetime("us", "UTC"), "end_utc": pl.Datetime("us", "UTC")})  # fmt: skip


def _score(incident_of: list[str], incidents: pl.DataFrame, pairs: list[tuple[str, str, float]]) -> dict[str, object]:
    members = pl.DataFrame({"observation_id": [f"o{n}" for n in range(1, 6)], "incident_id": incident_of})
    schema = {"observation_a": pl.String, "observation_b": pl.String, "probability": pl.Float64}
    table = pl.DataFrame(pairs, schema=schema, orient="row")
    return score(ROWS, EVENTS, OBSERVATIONS, members=members, pairs=table, incidents=incidents,
                 time_zone="Europe/Kyiv", cut_off=dt.time(19, 30))  # fmt: skip


def test_a_perfect_fusion() -> None:
    incidents = _incidents(
        ("i1", "shelling", 30.0, 100.0), ("i2", "burst", 31.0, 100.0), ("i3", "shelling", 33.0, 100.0)
    )
    pairs = [("o1", "o2", 1.0), ("o1", "o3", 1.0), ("o2", "o3", 1.0)]
    found = _score(["i1", "i1", "i1", "i2", "i3"], incidents, pairs)
    assert (found["pair_precision"], found["pair_recall"], found["pair_f1"]) == (1.0, 1.0, 1.0)
    assert (found["events"], found["events_seen"], found["events_found"], found["incidents"]) == (3, 2, 2, 3)
    assert (found["found_share"], found["act_share"], found["ellipse_coverage"]) == (1.0, 1.0, 1.0)
    assert found["calibration_error"] == 0.0


def test_a_poor_fusion() -> None:
    # one incident of two of e1 and all of e2: 3 linked pairs, 1 true of 3
    incidents = _incidents(
        ("i1", "burst", 30.01, 100.0), ("i2", "shelling", 30.0, 100.0), ("i3", "shelling", 33.0, 100.0)
    )
    found = _score(
        ["i1", "i1", "i2", "i1", "i3"], incidents, [("o1", "o2", 0.75), ("o1", "o4", 0.75), ("o2", "o4", 0.001)]
    )
    assert found["pair_precision"] == pytest.approx(1 / 3)
    assert found["pair_recall"] == pytest.approx(1 / 3)
    assert found["events_found"] == 1
    assert found["found_share"] == pytest.approx(0.5)
    assert (found["act_share"], found["ellipse_coverage"]) == (0.0, 0.0)  # 744 m off at one sigma 100 m
    assert found["calibration"] == [{"decile": 7, "pairs": 2, "probability": 0.75, "true_share": 0.5}]
    assert found["calibration_error"] == pytest.approx(0.25)


def test_counts_by_mission_day() -> None:
    incidents = _incidents(
        ("i1", "shelling", 30.0, 100.0), ("i2", "burst", 31.0, 100.0), ("i3", "shelling", 33.0, 100.0)
    )
    days = _score(["i1", "i1", "i1", "i2", "i3"], incidents, [])["days"]
    # 20 March 20:00 UTC is 22:00 in Kyiv, after the cut-off: mission day 21 March
    assert days == [
        {"day": "2026-03-20", "events": 2, "events_seen": 2, "incidents": 3},
        {"day": "2026-03-21", "events": 1, "events_seen": 0, "incidents": 0},
    ]


def test_honest_ellipses_hold_the_truth_in_nine_of_ten() -> None:
    rng, n = np.random.default_rng(1), 4000
    along, across = rng.normal(0, 3000, n), rng.normal(0, 500, n)
    azimuth = np.radians(30.0)
    east, north = along * np.sin(azimuth) + across * np.cos(azimuth), along * np.cos(azimuth) - across * np.sin(azimuth)
    ids = [f"{k}" for k in range(n)]
    at = pl.Series([AT] * n, dtype=pl.Datetime("us", "UTC"))
    events = pl.DataFrame(
        {"event_id": ids, "act": ["shot"] * n, "lon_deg": [30.0] * n, "lat_deg": [48.0] * n, "at_utc": at}
    )
    incidents = pl.DataFrame({
        "incident_id": ids, "act": ["shot"] * n, "start_utc": at, "end_utc": at, "error_major_m": [3000.0] * n,
        "lon_deg": 30.0 + east / (111_195 * np.cos(np.radians(48.0))), "lat_deg": 48.0 + north / 111_195,
        "error_minor_m": [500.0] * n, "error_azimuth_deg": [30.0] * n,
    })  # fmt: skip
    rows = pl.DataFrame({"source_id": ["s"] * n, "native_id": ids, "event_id": ids, "fate": ["observation"] * n})
    seen = pl.DataFrame({"observation_id": ids, "source_id": ["s"] * n, "native_id": ids})
    pairs = pl.DataFrame(schema={"observation_a": pl.String, "observation_b": pl.String, "probability": pl.Float64})
    found = score(rows, events, seen, members=pl.DataFrame({"observation_id": ids, "incident_id": ids}), pairs=pairs,
                  incidents=incidents, time_zone="UTC", cut_off=dt.time(19, 30))  # fmt: skip
    assert found["ellipse_coverage"] == pytest.approx(0.9, abs=0.015)

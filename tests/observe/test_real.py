"""The real files come in whole, and say what they say elsewhere."""

import datetime as dt

import polars as pl
import pytest

from trucewatch import observe, tables, when

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
VINTAGES = {
    "hdx_ukr_vintage1_to2018.csv": 993,
    "hdx_ukr_vintage2_to2019.csv": 1167,
    "hdx_ukr_vintage3.csv": 2677,
    "api_ukr_2023-05_cp1252_mixeddates.csv": 2677,
    "api_ukr_2023-06_v23_1.csv": 2744,
}
FIRST, SECOND, THIRD, CP1252, ISO = VINTAGES


@pytest.fixture(scope="module")
def taken(data_dir):
    """A function that takes in a real file of a source, once."""
    done: dict[str, observe.TakenIn] = {}

    def take(source_id: str, name: str) -> observe.TakenIn:
        if name not in done:
            source = observe.source(source_id)
            delivery = observe.Delivery(name, (data_dir / source_id / name).read_bytes(), RECEIVED, source_id)
            given = source.given(when.zone("Europe/Kyiv"), options={}, box=(22.0, 44.0, 40.3, 52.5))
            done[name] = observe.take_in(delivery, source.read, given)
        return done[name]

    return take


def test_every_vintage_is_listed_here(data_dir):
    files = {path.name for path in (data_dir / "ucdp_ged").glob("*.csv")}
    assert files == set(VINTAGES)


@pytest.mark.parametrize(
    ("source_id", "name", "rows"),
    [
        ("firms", "fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv", 12_480),
        ("firms", "J1_VIIRS_NRT_clip_2025-10-20.csv", 14),
        *(("ucdp_ged", name, rows) for name, rows in VINTAGES.items()),
    ],
)
def test_all_rows_come_in_and_none_is_lost(taken, source_id, name, rows):
    result = taken(source_id, name)
    account = result.delivery.row(0, named=True)
    assert (result.observations.height, account["rows_in"]) == (rows, rows)
    assert [account[part] for part in ("set_aside", "repeated", "superseded", "withdrawn")] == [0, 0, 0, 0]
    assert tables.conform(result.observations, "observations").height == rows


def test_the_days_of_the_cp1252_file_equal_those_of_the_iso_file(taken):
    mixed, iso = (taken("ucdp_ged", name).observations for name in (CP1252, ISO))
    shared = mixed.join(iso, on="observation_id", suffix="_iso")
    same = (pl.col("start_utc") == pl.col("start_utc_iso")) & (pl.col("end_utc") == pl.col("end_utc_iso"))
    assert (shared.height, shared.filter(same).height) == (2675, 2666)


def test_text_of_the_cp1252_file_is_decoded(taken, data_dir):
    texts = taken("ucdp_ged", CP1252).observations["text"].drop_nulls()
    assert texts.str.contains("[‘’“”–]").any()  # cp1252's own signs, bytes 0x91 to 0x96
    assert not texts.str.contains("\ufffd|[\u0080-\u009f]").any()


def test_a_vintage_is_a_snapshot(taken):
    first, second, third = (taken("ucdp_ged", name).observations for name in (FIRST, SECOND, THIRD))
    told = observe.change(second, third, snapshot=True)
    assert (told.withdrawn, told.new) == (94, 1604)
    kept = second.join(third, on="native_id", suffix="_later")
    assert kept.height == told.revised + told.unchanged == 1167 - 94
    assert (kept["observation_id"] == kept["observation_id_later"]).all()
    shift = [(pl.col(name) - pl.col(f"{name}_later")).abs() for name in ("lon_deg", "lat_deg")]
    assert kept.filter(pl.max_horizontal(shift) > 1e-5).height == 80
    assert observe.current([first, second, third], snapshot=True).equals(third)


def test_a_coarse_place_is_a_wide_ellipse_and_a_coarse_date_a_long_span(taken, data_dir):
    name = ISO
    raw = pl.read_csv(data_dir / "ucdp_ged" / name, infer_schema=False).select("id", "where_prec", "date_prec")
    seen = taken("ucdp_ged", name).observations.join(raw, left_on="native_id", right_on="id")
    assert seen.height == 2744
    width = seen.group_by("where_prec").agg(pl.col("error_minor_m").min()).sort("where_prec")
    least = {"1": 2e3, "2": 10e3, "3": 15e3, "4": 50e3, "5": 50e3, "6": 200e3, "7": 100e3}
    for prec, metres in width.iter_rows():
        assert metres >= least[prec], prec
    span = pl.col("end_utc") - pl.col("start_utc")
    days = dict(seen.group_by("date_prec").agg(span.min()).iter_rows())
    for prec, least_days in {"1": 1, "2": 2, "3": 6, "4": 28, "5": 365}.items():
        assert days[prec] >= least_days * DAY - dt.timedelta(hours=1), prec  # a day of 23 hours is a day


def test_the_dates_of_a_row_lie_within_its_span(taken, data_dir):
    name = ISO
    raw = pl.read_csv(data_dir / "ucdp_ged" / name, infer_schema=False).select("id", "date_start", "date_end")
    seen = taken("ucdp_ged", name).observations.join(raw, left_on="native_id", right_on="id")
    first, last = (pl.col(c).str.slice(0, 10).str.to_date() for c in ("date_start", "date_end"))
    local = [pl.col(c).dt.convert_time_zone("Europe/Kyiv").dt.date() for c in ("start_utc", "end_utc")]
    assert seen.filter((local[0] <= first) & (local[1] > last)).height == 2744


def test_pixels_of_fires_are_as_large_as_the_scan_says(taken, data_dir):
    name = "fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv"
    seen = taken("firms", name).observations
    raw = pl.read_csv(data_dir / "firms" / name)
    side = pl.max_horizontal("scan", "track") * 1000 / 12**0.5
    side = pl.max_horizontal(side, 110)  # never below the manifest's error
    assert seen["error_major_m"].to_list() == pytest.approx(raw.select(side).to_series().to_list())
    assert (seen["start_utc"].dt.strftime("%H%M").cast(pl.Int64) == raw["acq_time"]).all()


@pytest.mark.parametrize(("year", "rows"), [(2022, 2_060), (2023, 650)])
def test_all_rows_of_viina_come_in_and_none_is_lost(taken, data_dir, year, rows):
    name = f"viina_1pd_subset_{year}.csv"
    result = taken("viina", name)
    account = result.delivery.row(0, named=True)
    assert (account["rows_in"], account["observations"]) == (rows, rows)
    assert [account[part] for part in ("context", "set_aside", "repeated", "superseded")] == [0, 0, 0, 0]
    raw = pl.read_csv(data_dir / "viina" / name, infer_schema=False)
    assert result.observations["native_id"].to_list() == raw["event_id_1pd"].to_list()
    local = result.observations["start_utc"].dt.convert_time_zone("Europe/Kyiv").dt.strftime("%Y%m%d")
    assert local.to_list() == raw["date"].to_list()


def test_both_years_of_viina_stand_together(taken):
    years = [taken("viina", f"viina_1pd_subset_{year}.csv").observations for year in (2022, 2023)]
    snapshot = observe.source("viina").manifest.delivery == "snapshot"
    assert observe.current(years, snapshot=snapshot).height == 2_060 + 650


def test_the_exact_duplicates_of_viina_stay_observations_of_a_source_that_repeats(taken, data_dir):
    clusters = pl.read_csv(data_dir / "viina" / "viina_2022_exact_duplicate_clusters.csv", infer_schema=False)
    members = clusters["MemberEventIDs"].str.split("|").explode()
    seen = taken("viina", "viina_1pd_subset_2022.csv").observations
    assert clusters.height == 91
    assert seen.filter(pl.col("native_id").is_in(members.implode())).height == members.n_unique()
    assert observe.source("viina").manifest.repeats_events


@pytest.mark.parametrize(("file", "rows", "invented"), [("official", 24_861, 0), ("volunteer", 23_564, 929)])
def test_all_alerts_come_in_as_context_and_an_invented_end_is_marked(taken, data_dir, file, rows, invented):
    result = taken("air_alerts", f"{file}_data_en_to_2023-06-30.csv")
    account = result.delivery.row(0, named=True)
    assert (account["rows_in"], account["context"], account["observations"]) == (rows, rows, 0)
    alerts = result.context["alerts"]
    assert alerts["end_is_invented"].sum() == invented
    made_up = alerts.filter("end_is_invented").select(pl.col("end_utc") - pl.col("start_utc")).to_series()
    assert set(made_up) <= {dt.timedelta(minutes=30)}
    assert not alerts["area"].str.contains("Luhanska").all()
    assert alerts["start_utc"].max() < dt.datetime(2023, 7, 1, tzinfo=dt.UTC)

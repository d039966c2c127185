"""A small valid file of every source, and how it is taken in."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import openpyxl
import pytest

from trucewatch import observe, when

RECEIVED = dt.datetime(2026, 4, 9, tzinfo=dt.UTC)
KYIV = when.zone("Europe/Kyiv")
UKRAINE = (22.0, 44.0, 40.3, 52.5)

MAPPING = b"""\
act = "explosion"
formats = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
ignored = ["remark"]
[columns]
native_id = "no"
start = "when"
longitude = "lon"
latitude = "lat"
count_low = "blasts"
text = "words"
[manifest]
source_id = "diary"
title = "A diary"
publisher = "A village"
formats = ["csv", "xlsx"]
delivery = "increment"
[manifest.licence]
name = "its own"
attribution = "the village"
republish = "none"
[manifest.accuracy]
position_error_m = 1000
time_error_s = 600
[manifest.sees]
acts = ["explosion"]
"""


@dataclass(frozen=True)
class Sample:
    """A small valid file of one source: its columns and rows, and which columns hold what every source must tell."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    latitude: str
    longitude: str
    time: str
    options: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def source(self) -> observe.Source:
        return observe.source(self.name)

    def given(self, **changed: object) -> observe.Given:
        """What a mission gives the reader, with some of it changed."""
        given = self.source.given(KYIV, options=self.options, beside=self.files.__getitem__, box=UKRAINE)
        return replace(given, **changed)

    def csv(self, rows: tuple[tuple[str, ...], ...] | None = None, columns: tuple[str, ...] | None = None) -> bytes:
        """The file, or one of other rows or columns, as UTF-8."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [columns or self.columns, *(self.rows if rows is None else rows)]
        )
        return text.getvalue().encode()

    def xlsx(self, *rows: tuple[object, ...]) -> bytes:
        """The file, or one of other rows, as a workbook."""
        book = openpyxl.Workbook()
        for row in (self.columns, *(rows or self.rows)):
            book.active.append(row)
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()

    def changed(self, number: int = 0, **values: str) -> tuple[tuple[str, ...], ...]:
        """The rows with some values of row `number` replaced; a name is one of latitude, longitude, time, or a column."""
        columns = {getattr(self, name, name): value for name, value in values.items()}
        assert columns.keys() <= set(self.columns)
        row = tuple(columns.get(name, old) for name, old in zip(self.columns, self.rows[number], strict=True))
        return (*self.rows[:number], row, *self.rows[number + 1 :])

    def take_in(self, data: bytes, **changed: object) -> observe.TakenIn:
        """Take in a file; every row of it must be accounted for."""
        given = self.given(**changed)
        taken = observe.take_in(
            observe.Delivery("file.csv", data, RECEIVED, given.manifest.source_id), self.source.read, given
        )
        account = taken.delivery.row(0, named=True)
        assert account["observations"] == taken.observations.height
        assert account["set_aside"] == taken.set_aside.height
        parts = ("observations", "set_aside", "repeated", "superseded")
        assert account["rows_in"] == sum(account[name] for name in parts)
        return taken


def _table(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and rows of a text with ";" between fields."""
    columns, *rows = ([cell.strip() for cell in line.split(";")] for line in text.strip().splitlines())
    return tuple(columns), tuple(map(tuple, rows))


FIRMS = """
latitude;longitude;brightness;scan;track;acq_date;acq_time;satellite;instrument;confidence;version;bright_t31;frp;daynight
47.62075;35.71787;344.94;0.52;0.5;2023-02-24;1106;N;VIIRS;n;2.0NRT;269.52;7.75;D
47.62539;35.71723;346.47;0.52;0.5;2023-02-24;1106;N;VIIRS;l;2.0NRT;270.09;10.37;D
50.54358;26.26299;301.2;0.4;0.47;2023-02-28;5;N;VIIRS;n;2.0NRT;269.88;0.9;N
48.35887;26.45906;367;0.39;0.36;2023-03-01;0;N;VIIRS;h;2.0NRT;287.93;20.62;N
"""
UCDP = """
id;type_of_violence;side_a;side_b;where_prec;latitude;longitude;date_prec;date_start;date_end;best;high;low;source_headline;year
101;1;Government of A;Government of B;1;48.0;37.8;1;2019-05-02;2019-05-02;2;3;2;Two killed, one hurt;2019
102;1;Government of A;Government of B;4;48.5;38.0;2;2019-06-01 00:00:00.000;2019-06-03 00:00:00.000;1;1;1;"Quoted" words;2019
103;2;Group C;Group D;2;48.6;38.2;1;2/18/2019 12:00:00 AM;02/18/2019 00:00;4;4;0;Село;2019
104;3;Government of A;Civilians;3;48.7;38.4;5;2019-07-01T00:00:00;2019-07-31T00:00:00;0;1;0;Місто;2019
"""
PATROL = """
SMM position;Event location;Means;No.;Observation;Description;Weapon;Date, Time;Latitude;Longitude
Oak Ridge;2-4km ESE and SE;Patrol;about 20;Heard;Undetermined explosion;N/K;09-Mar-2026, 19:38;48.10;37.70
Oak Ridge;c.500m N;Camera;1;Recorded;Outgoing explosion;mortar 120mm;09-Mar-2026, 19:40;48.10;37.70
Mill Camera;3km;Camera;at least 5;Recorded;Burst;HMG;10-Mar-2026, Evening;48.20;37.80
Mill Camera;at an undetermined distance NE;Patrol;N/K;Saw;Muzzle flash;;10-Mar-2026, 22:00-23:30;48.20;37.80
"""
DIARY = """
no;when;lon;lat;blasts;words;remark
a1;10.06.2023 10:15;37.80;48.00;3;three, close by;x
a2;10.06.2023;37.90;48.10;;"loud";
b1;11.06.2023 23:59;38.00;48.20;1;=1+1;
b2;12.06.2023 00:00;38.10;48.30;12;;
"""
SAMPLES = {
    sample.name: sample
    for sample in (
        Sample("firms", *_table(FIRMS), "latitude", "longitude", "acq_date"),
        Sample("patrol", *_table(PATROL), "Latitude", "Longitude", "Date, Time"),
        Sample("table", *_table(DIARY), "lat", "lon", "when", {"mapping": "m.toml"}, {"m.toml": MAPPING}),
        Sample("ucdp_ged", *_table(UCDP), "latitude", "longitude", "date_start"),
    )
}


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Sample]:
    """A function that gives the small valid file of a source."""

    def of(name: str) -> Sample:
        assert name in SAMPLES, f"a source without a sample: add a small valid file of {name!r} to this conftest.py"
        return SAMPLES[name]

    return of

"""A report over several days, and what changed since the one before."""

import datetime as dt
import re

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.errors import UsageError
from trucewatch.mission.load import load
from trucewatch.mission.period import Period
from trucewatch.mission.run import report_again, run
from trucewatch.report import sign_remark

DAY = dt.date(2026, 3, 15)


def test_a_period_is_one_day_to_a_month():
    assert Period(DAY, DAY).before == Period(DAY - dt.timedelta(days=1), DAY - dt.timedelta(days=1))
    for first in (DAY + dt.timedelta(days=1), DAY - dt.timedelta(days=31)):
        with pytest.raises(UsageError, match="1 to 31 days"):
            Period(first, DAY)


def test_a_report_after_a_holiday_covers_its_days_and_a_late_file_is_told(world, now, tmp_path):
    """What the patrols saw comes a day late: the second report says what it added to the first."""
    out = tmp_path / "out"
    held = [(path, path.read_bytes()) for path in sorted((world / "data/patrol").glob("*.csv"))]
    assert held
    for path, _ in held:
        path.unlink()
    first = run(world / "mission.toml", data=world / "data", out=out, now=now, day=DAY - dt.timedelta(days=1))
    assert "changes cannot be told" in re.sub(r"\s+", " ", first.page.read_text())
    for path, data in held:
        path.write_bytes(data)
    day = DAY + dt.timedelta(days=1)
    said = {
        "at_utc": "2026-03-16T21:05:00+00:00", "audience": "internal", "author": "O. Petrenko", "day": day.isoformat(),
        "language": "en", "mission_id": load(world / "mission.toml").mission.mission_id, "text": "Post 4 heard only wind.",
    }  # fmt: skip
    (tmp_path / "remark.json").write_bytes(sign_remark(said, Ed25519PrivateKey.generate()))
    both = run(
        world / "mission.toml", data=world / "data", out=out, now=now, day=day, first_day=DAY,
        remarks=[tmp_path / "remark.json"],
    )  # fmt: skip
    page = both.page.read_text()
    numbers = re.search(r"<h1>Daily report (\d+) to (\d+), from 15 March 2026 to 16 March 2026</h1>", page)
    assert int(numbers[2]) == int(numbers[1]) + 1
    changes = both.tables["changes"]
    assert changes.filter(pl.col("change") == "late").height
    assert not changes.filter(pl.col("start_utc") > first.released.made_utc).height
    assert "Post 4 heard only wind." in page
    again = report_again(  # the remark is not given again: it stands in the tables
        world / "mission.toml",
        tables=out / "tables",
        out=out / "again",
        day=day,
        first_day=DAY,
        now=now,
    )
    assert again.read_text() == page

"""One more day of 25,000 observations on a year of history: from original files to a new report in at most 15 s.

TRUCEWATCH_A_DAY says how many observations a day of the history has (25,000); the year is taken in once, in steps of a month.
Then: the same again, where nothing is touched; its sources learned anew; and a late delivery on a day half a year ago.
"""

import datetime as dt
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from benchmarks import day
from benchmarks.timed import TRUCEWATCH, Took, timed

DAYS: Final = 366
A_DAY: Final = int(os.environ.get("TRUCEWATCH_A_DAY", "25000"))
MONTH: Final = 31  # days of the world that is made; the year is so many months of it, moved on


def main() -> None:
    """Take in a year, then one more day, nothing, learn anew, and a late delivery; print what each took."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TRUCEWATCH_ROOM")) as name:
        folder = Path(name)
        last = _year(folder)
        seconds = peak = 0.0
        for month in sorted((folder / "months").iterdir()):
            for each in sorted(month.iterdir()):
                shutil.move(each, folder / "data")
            took = _run(folder, DAYS - 2)
            seconds, peak = seconds + took.seconds, max(peak, took.peak_mb)
        print(f"   {DAYS - 1} days of {A_DAY:,}: {seconds:.0f} s, {peak:.0f} MB", flush=True)
        shutil.move(last, folder / "data")
        for what in ("one more day of 25,000, with the source model that stands (bar: 15 s)", "nothing touched"):
            _tell(what, _run(folder, DAYS - 1))
        _tell("its files taken in already, learning anew", _run(folder, DAYS - 1, "--learn"))
        half = DAYS // 2
        file = min((folder / "data" / f"day-{half:03d}").iterdir())
        lines = file.read_text().splitlines()
        (folder / "data" / f"day-{half:03d}-late").mkdir()
        late = "\n".join([lines[0], *(f"late-{line}" for line in lines[1:100]), ""])
        (folder / "data" / f"day-{half:03d}-late" / file.name).write_text(late)
        _tell("a late delivery on a day half a year ago", _run(folder, DAYS - 1))


def _tell(what: str, took: Took) -> None:
    told = json.loads(took.out)
    print(
        f"   {what}: {took.seconds:.1f} s, {took.cpu_s:.1f} s of the processor, {took.peak_mb:.0f} MB; {told['seconds']}",
        flush=True,
    )


def _run(folder: Path, number: int, *more: str) -> Took:
    reported = str(day.FIRST_DAY + dt.timedelta(days=number))
    files = [str(folder / "mission.toml"), "--data", str(folder / "data"), "--out", str(folder / "out")]
    return timed([TRUCEWATCH, "run", *files, "--day", reported, "--languages", "en", *more, "--json"], folder=folder)


def _year(folder: Path) -> Path:
    """Write the mission and a year of original files by month; return the folder of the last day, which is apart."""
    made = day.write(folder, days=MONTH, a_day=25_000)
    texts = [{path.name: path.read_text().splitlines() for path in each.iterdir()} for each in made]
    keep = max(1, 25_000 // A_DAY)
    for number in range(DAYS):
        source = number % MONTH
        months = f"{number // MONTH:02d}"
        target = folder / "last" if number == DAYS - 1 else folder / "months" / months / f"day-{number:03d}"
        target.mkdir(parents=True)
        old = (day.FIRST_DAY + dt.timedelta(days=source)).isoformat()
        new = (day.FIRST_DAY + dt.timedelta(days=number)).isoformat()
        for name, (header, *rows) in texts[source].items():
            kept = rows if number == DAYS - 1 else rows[::keep]
            moved = [f"{number}-{row}".replace(old, new) for row in kept]
            (target / name).write_text("\n".join([header, *moved, ""]))
    shutil.rmtree(folder / "waiting")
    return (folder / "last").rename(folder / f"day-{DAYS - 1:03d}")

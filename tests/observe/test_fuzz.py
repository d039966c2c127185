"""Whatever a file holds: it is refused with a reason and a way out, or every row of it is accounted for."""

import csv
import io
import random

import polars as pl
import pytest

import fuzzing
from fuzzing import csv_damage, xlsx_damage
from trucewatch import observe, tables
from trucewatch.errors import DeliveryError, TrucewatchError
from trucewatch.observe.sheet import sheet_records
from trucewatch.observe.take_in import content

SOURCES = observe.names()
TOGETHER = 200  # damaged lines that are taken in together


def told(error: DeliveryError) -> str:
    """Check that a refusal says what, where and what to do."""
    assert all(problem.where and problem.what and problem.to_do for problem in error.problems), str(error)
    return "refused"


def rows_of(taken: observe.TakenIn) -> dict[str, pl.DataFrame]:
    """Return the tables in which rows of a file can stand."""
    return {"observations": taken.observations, **taken.context}


def kept_together(taken: observe.TakenIn, *, thorough: bool) -> None:
    """Check that what was taken in has the columns and types of its tables; `thorough`: and keeps their rules."""
    for name, frame in {"deliveries": taken.delivery, "set_aside": taken.set_aside, **rows_of(taken)}.items():
        assert dict(frame.schema) == tables.dtypes(name)
        assert not thorough or tables.conform(frame, name).equals(frame)
    for name, frame in rows_of(taken).items():
        assert frame[tables.IDS[name]].is_unique().all()
    assert taken.set_aside["rule"].is_not_null().all()
    assert taken.sightings["observation_id"].is_in(taken.observations["observation_id"].implode()).all()


def records(data: bytes) -> int | None:
    """Count the rows below the header of a CSV without quotes; None where that needs a reader."""
    if b'"' in data or data.startswith((b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff")):
        return None
    lines = [line.removesuffix(b"\r") for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")]
    lines = [line for line in lines if line]
    return len(lines) - 1 - (len(lines) > 1 and lines[1].startswith((b"#", b",")))


def taken_or_refused(some, data: bytes, number: int) -> str:
    """Take in what is perhaps no file, check all that holds of it, and say what became of it."""
    try:
        taken = some.take_in(data)
    except DeliveryError as error:
        return told(error)
    kept_together(taken, thorough=number % 8 == 0)
    if (there := records(data)) is not None:
        assert taken.delivery["rows_in"].item() - there in (0, 1), (taken.delivery["rows_in"].item(), there)
    return "taken"


@pytest.mark.parametrize("batch", fuzzing.batches(fuzzing.WHOLE_FILES, 500), ids=fuzzing.named)
@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_file_is_refused_or_all_its_rows_are_accounted_for(sample, name, batch):
    some = sample(name)

    def attempt(dice: random.Random, number: int) -> str:
        rows = tuple(dice.choices(some.rows, k=dice.randrange(1, 8)))
        return taken_or_refused(some, csv_damage.of_file(dice, some.columns, rows), number)

    outcomes = fuzzing.run(f"files of {name}", batch, attempt)
    assert fuzzing.ONLY or min(outcomes.get("taken", 0), outcomes.get("refused", 0)) > len(batch) / 10, outcomes


@pytest.mark.parametrize("batch", fuzzing.batches(), ids=fuzzing.named)
@pytest.mark.parametrize("name", SOURCES)
def test_damaged_lines_spoil_no_other(sample, name, batch):
    some = sample(name)
    whole = {table: frame.select(content(table)) for table, frame in rows_of(some.take_in(some.csv())).items()}
    assert sum(frame.height for frame in whole.values())
    head, below = some.csv().split(b"\n", 1)

    def attempt(dice: random.Random, number: int) -> str:
        lines = b"".join(csv_damage.of_line(dice, dice.choice(some.rows)) for _ in range(TOGETHER))
        taken = some.take_in(head + b"\n" + lines + below)
        kept_together(taken, thorough=number % 8 == 0)
        for table, frame in rows_of(taken).items():
            if whole[table].height:
                lost = whole[table].join(frame, on=content(table), how="anti", nulls_equal=True)
                assert lost.is_empty(), lost.to_dicts()
        return "some set aside" if taken.set_aside.height else "all taken"

    turns = batch if fuzzing.ONLY else range(batch.start // TOGETHER, batch.stop // TOGETHER)
    fuzzing.run(f"lines of {name}", turns, attempt)


@pytest.mark.parametrize("batch", fuzzing.batches(fuzzing.WORKBOOKS), ids=fuzzing.named)
def test_a_damaged_workbook_is_refused_or_read_whole(sample, batch):
    names = [name for name in SOURCES if "xlsx" in observe.source(name).manifest.formats]

    def attempt(dice: random.Random, number: int) -> str:
        some = sample(names[number % len(names)])
        rows = dice.choices(some.rows, k=dice.randrange(1, 6))
        data = xlsx_damage.of_workbook(dice, some.columns, rows)
        if number % 10 == 0:
            return taken_or_refused(some, data, number)
        try:
            header, read, lines, faults = sheet_records(data, None, name="file.xlsx")
        except DeliveryError as error:
            return told(error)
        assert all(len(row) == len(header) for row in read)
        assert lines == sorted(set(lines))
        assert len(read) == len(lines)
        assert {fault.line for fault in faults} <= set(lines)
        return "taken"

    outcomes = fuzzing.run("workbooks", batch, attempt)
    assert fuzzing.ONLY or min(outcomes.get("taken", 0), outcomes.get("refused", 0)) > len(batch) / 10, outcomes


@pytest.fixture(scope="module")
def real(data_dir, sample) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Source, columns and some rows of every real file that is there."""
    found = []
    for name in SOURCES:
        for path in sorted((data_dir / name).glob("*.csv")):
            data = path.read_bytes()[:2_000_000].rpartition(b"\n")[0] + b"\n"
            try:
                sample(name).take_in(data)
            except TrucewatchError:
                continue  # a file beside those of the source
            text = data.decode("utf-8-sig", "replace")
            columns, *rows = (tuple(row) for row in csv.reader(io.StringIO(text)))
            found.append((name, columns, rows))
    assert {"firms", "ucdp_ged"} <= {name for name, _, _ in found}
    return found


@pytest.mark.parametrize("batch", fuzzing.batches(fuzzing.WHOLE_FILES, 500), ids=fuzzing.named)
def test_a_damaged_real_file_is_refused_or_all_its_rows_are_accounted_for(sample, real, batch):
    def attempt(dice: random.Random, number: int) -> str:
        name, columns, rows = dice.choice(real)
        at = dice.randrange(len(rows))
        data = csv_damage.of_file(dice, columns, rows[at : at + dice.randrange(5, 30)])
        return f"{name} {taken_or_refused(sample(name), data, number)}"

    fuzzing.run("real files", batch, attempt)

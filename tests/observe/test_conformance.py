"""What holds for every source that is registered, with no word about any of them."""

import random

import polars as pl
import pytest

from trucewatch import observe, tables
from trucewatch.errors import DeliveryError

SOURCES = observe.names()


@pytest.mark.parametrize("name", SOURCES)
def test_every_row_of_a_valid_file_becomes_a_row_of_its_table(sample, name):
    some = sample(name)
    taken = some.take_in(some.csv())
    standing = some.standing(taken)
    assert standing.height == len(some.rows)
    assert taken.observations.height + sum(frame.height for frame in taken.context.values()) == len(some.rows)
    made = {table: getattr(taken, table) for table in ("observations", "set_aside", "sightings")}
    for table, frame in (made | dict(taken.context)).items():
        assert tables.conform(frame, table).equals(frame)
    assert standing[tables.IDS[some.table]].is_unique().all()
    assert standing["source_id"].unique().to_list() == [some.given().manifest.source_id]
    assert standing["audience"].unique().to_list() == [some.given().manifest.audience]


@pytest.mark.parametrize("name", SOURCES)
def test_ids_and_content_do_not_depend_on_the_order_of_rows(sample, name):
    some = sample(name)
    one, other = (
        some.taken(some.csv(rows)).select(some.content).sort(tables.IDS[some.table])
        for rows in (some.rows, some.rows[::-1])
    )
    assert one.equals(other)


@pytest.mark.parametrize("name", SOURCES)
def test_ids_do_not_depend_on_the_order_of_columns(sample, name):
    some = sample(name)
    turned = some.csv(tuple(row[::-1] for row in some.rows), some.columns[::-1])
    assert some.taken(turned).select(some.content).equals(some.taken(some.csv()).select(some.content))


def test_nothing_is_finer_than_the_manifest_says(sample, observed):
    some = sample(observed)
    accuracy = some.given().manifest.accuracy
    seen = some.take_in(some.csv()).observations
    assert (seen["error_minor_m"] >= accuracy.position_error_m).all()
    assert (seen["time_error_s"] >= accuracy.time_error_s).all()
    assert (seen["start_utc"] < seen["end_utc"]).all()


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize(
    "written",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.rstrip(b"\n"),
        lambda data: data.replace(b"\n", b"\n\n"),
        lambda data: data.replace(b"\n", b"\r\n\r\n"),
        lambda data: b"\n\r\n" + data + b"\r\n\n",
        lambda data: data + b"\n\r",
    ],
    ids=["CRLF", "BOM", "no last line end", "blank lines", "blank CRLF lines", "blank around", "a last CR"],
)
def test_line_ends_and_blank_lines_change_nothing(sample, name, written):
    some = sample(name)
    plain, other = (some.taken(data).select(some.content) for data in (some.csv(), written(some.csv())))
    assert other.equals(plain)


@pytest.mark.parametrize("name", [name for name in SOURCES if "xlsx" in observe.source(name).manifest.formats])
def test_the_same_file_in_a_workbook_says_the_same(sample, name):
    some = sample(name)
    rows = tuple(tuple(cell.lstrip("=") for cell in row) for row in some.rows)
    as_csv, as_xlsx = (some.taken(data).select(some.content) for data in (some.csv(rows), some.xlsx(*rows)))
    assert as_xlsx.equals(as_csv)


def mutated(data: bytes, seed: str) -> bytes:
    """Damage some bytes of a file: as a bad line, a bad disk or a bad hand would."""
    dice = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(damaged) + 1)
        to = min(at + dice.choice((1, 1, 2, 9, 60)), len(damaged))
        spare = dice.choice(
            (
                b"\x00",
                b"\xff",
                b'"',
                b",",
                b"\n",
                b"\r",
                b"-",
                b"e9",
                "٣".encode(),
                b"nan",
                bytes([dice.randrange(256)]),
            )
        )
        kind = dice.randrange(6)
        if kind == 0:
            damaged[at:to] = spare
        elif kind == 1:
            damaged[at:at] = spare
        elif kind == 2:
            del damaged[at:to]
        elif kind == 3:
            damaged[at:at] = damaged[at:to] * 2
        elif kind == 4:
            damaged[at:to] = damaged[at:to][::-1]
        elif dice.random() < 0.2:
            del damaged[at:]
    return bytes(damaged)


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_file_is_refused_or_all_its_rows_are_accounted_for(sample, name):
    some = sample(name)
    body = some.csv((some.rows * 3)[:12])
    outcomes = {"taken": 0, "refused": 0}
    silent: list[str] = []
    for number in range(120):
        # every second time the damage falls upon the rows, every fourth upon the header alone: on neither by chance
        head = body.index(b"\n") + 1
        start, end = ((0, head), (head, None), (0, None), (head, None))[number % 4]
        data = body[:start] + mutated(body[start:end], f"{name} {number}") + (body[end:] if end else b"")
        try:
            taken = some.take_in(data)
        except DeliveryError as error:
            outcomes["refused"] += 1
            silent += [str(error)] if not all((p.where and p.what and p.to_do) for p in error.problems) else []
        else:
            outcomes["taken"] += 1
            for table, frame in {"observations": taken.observations, **taken.context}.items():
                assert frame.is_empty() or tables.conform(frame, table).height == frame.height
            assert taken.set_aside["line"].is_between(2, data.count(b"\n") + 1).all()
            assert taken.sightings["observation_id"].is_in(taken.observations["observation_id"].implode()).all()
    assert not silent
    assert min(outcomes.values()) > 4, outcomes


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_line_spoils_no_other(sample, name):
    some = sample(name)
    lines = some.csv().splitlines(keepends=True)
    whole, own = some.taken(b"".join(lines)), [column for column in some.content if column != "text"]
    dice = random.Random(name)
    taken_in = 0
    for _ in range(30):
        number = dice.randrange(1, len(lines))
        line, at = lines[number], dice.randrange(len(lines[number]))
        spare = dice.choice((b"\x00", b'"', b",", b"x", b"-", b"9", b"\r", b"\t", b"="))
        damaged = line[:at] + spare + line[at + dice.randrange(2) * (at + 1 < len(line)) :]
        taken = some.take_in(b"".join([*lines[:number], damaged, *lines[number + 1 :]]))
        others = whole.filter(pl.int_range(pl.len()) != number - 1).select(own)
        if not taken.delivery.select(pl.col("repeated") + pl.col("superseded")).item():
            assert others.join(some.standing(taken), on=own, how="anti", nulls_equal=True).is_empty(), damaged
            taken_in += 1
    assert taken_in > 20

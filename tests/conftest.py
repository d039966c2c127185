"""What all tests share: where the real data lie, and what may be skipped."""

import contextlib
import html
import io
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator

import hypothesis
import polars as pl
import pypdf
import pytest
import shapely

from servers import Server, programs, quick_folder

hypothesis.settings.register_profile("untimed", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("untimed")  # how long a test takes says how busy the machine is


@pytest.fixture(scope="session")
def data_dir() -> pathlib.Path:
    """The folder of real data, named by TRUCEWATCH_DATA; without it the test is skipped, with a wrong one it fails."""
    named = os.environ.get("TRUCEWATCH_DATA")
    if not named:
        pytest.skip("TRUCEWATCH_DATA is not set: the real data are not part of the project")
    folder = pathlib.Path(named).resolve()
    assert folder.is_dir(), f"TRUCEWATCH_DATA names no folder: {folder}"
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real browser; without one the test is skipped, unless TRUCEWATCH_ALL forbids it."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no chromium here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no chromium here: it is a system package")
    return found


@pytest.fixture(scope="session")
def ogrinfo() -> str:
    """The path of GDAL's reader; without it the test is skipped, unless TRUCEWATCH_ALL forbids it."""
    found = shutil.which("ogrinfo")
    if found is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no ogrinfo here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no ogrinfo here: it is in the system package gdal-bin")
    return found


@pytest.fixture(scope="session")
def qgis() -> str:
    """The Python in which QGIS is; without it the test is skipped, unless TRUCEWATCH_ALL forbids it."""
    found = next(
        (each for each in ("/usr/bin/python3", shutil.which("python3")) if each and _imports(each, "qgis.core")), None
    )
    if found is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no QGIS here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no QGIS here: it is in the system package python3-qgis")
    return found


def _imports(python: str, module: str) -> bool:
    """Say whether a Python that is not ours has a module."""
    return (
        pathlib.Path(python).exists()
        and not subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode
    )


def _pdf(data: bytes) -> str:
    """Return what a PDF says: its text, its metadata, alternative texts and bookmarks."""
    made = pypdf.PdfReader(io.BytesIO(data), strict=False)
    objects = [made.get_object(number) for number in made.xref[0]]
    told = [str(each) for each in objects if not isinstance(each, pypdf.generic.StreamObject)]
    described = made.trailer["/Root"]["/Metadata"].get_data().decode()
    said = [page.extract_text().replace("\u200b", "") for page in made.pages]  # it lets long words break
    return "\n".join([*said, str(made.metadata), described, *told])


def _unzipped(data: bytes) -> str:
    """Return the text of every part of a workbook, as it stands there and as a reader undoes it."""
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        told = "\n".join(parts.read(name).decode() for name in parts.namelist())
    return told + "\n" + html.unescape(told)


def _geopackage(data: bytes) -> str:
    """Return every value of a GeoPackage; of a geometry its point, or the middle of an ellipse.

    The extent of a layer tells nothing that its geometries do not: it is what they reach.
    """
    told = []
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(data)
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in base.execute(f'SELECT * FROM "{name}"'):
                shown = _without_extent(base, row) if (name, row[1]) == ("gpkg_contents", "features") else row
                told += [str(value) for value in shown if not isinstance(value, bytes)]
                told += [_middle(value) for value in shown if isinstance(value, bytes)]
    return "\n".join(told)


def _without_extent(base: sqlite3.Connection, row: tuple[object, ...]) -> tuple[object, ...]:
    """Return the line of a layer in the list of contents without its extent, which must be that of its geometries."""
    layer, extent = row[0], row[5:9]
    (of,) = base.execute("SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)).fetchone()
    shapes = [_shape(blob) for (blob,) in base.execute(f'SELECT "{of}" FROM "{layer}"')]
    if shapes:
        assert extent == pytest.approx(shapely.total_bounds(shapes), abs=2e-5), layer
    return (*row[:5], *row[9:])


def _shape(blob: bytes) -> shapely.Geometry:
    """Return the geometry in a GeoPackage's blob."""
    return shapely.from_wkb(blob[8 if blob[3] == 1 else 40 :])


def _middle(blob: bytes) -> str:
    """Return the point of a geometry, or the middle of the corners of an ellipse; of a large one nothing, it is no incident."""
    corners = shapely.get_coordinates(_shape(blob))
    return "{} {}".format(*corners[: max(len(corners) - 1, 1)].mean(axis=0).round(7)) if len(corners) <= 37 else ""


def _parquet(data: bytes) -> str:
    """Return every value of a Parquet file and its metadata, and the points of its geometries."""
    frame = pl.read_parquet(io.BytesIO(data))
    told = [str(pl.read_parquet_metadata(io.BytesIO(data))), str(frame.drop("geometry").to_dicts())]
    return "\n".join([*told, *(str(point) for point in shapely.from_wkb(frame["geometry"].to_list()))])


@pytest.fixture(scope="session")
def text_in() -> Callable[[str, bytes], str]:
    """Return a function that gives all text of a file of a report, unpacked: of a PDF, a table, a map."""
    of = {".pdf": _pdf, ".xlsx": _unzipped, ".gpkg": _geopackage, ".parquet": _parquet}

    def read(name: str, data: bytes) -> str:
        return of.get(pathlib.PurePath(name).suffix, bytes.decode)(data)

    return read


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running PostgreSQL, the one that PyPI carries."""
    server = Server("pypi")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def debian_postgres() -> Iterator[Server]:
    """A running PostgreSQL of Debian; without it the test is skipped, unless TRUCEWATCH_ALL forbids it."""
    if programs("debian") is None:
        assert not os.environ.get("TRUCEWATCH_ALL"), "no PostgreSQL of Debian here, and TRUCEWATCH_ALL forbids the skip"
        pytest.skip("no PostgreSQL of Debian here: it is a system package")
    server = Server("debian")
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgres", "debian_postgres"])
def address(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty database, of each kind in turn; None is SQLite in the store's folder."""
    return None if request.param == "sqlite" else request.getfixturevalue(request.param).new_database()


@pytest.fixture
def quick() -> Iterator[pathlib.Path]:
    """A folder in memory where there is one: for tests that sync thousands of times."""
    with tempfile.TemporaryDirectory(prefix="tw-", dir=quick_folder()) as name:
        yield pathlib.Path(name)

"""The hand-drawn geometry of the missions: valid, without gaps or overlaps, and near enough to the real borders."""

import json
import pathlib
from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely

MISSIONS = pathlib.Path(__file__).parents[2] / "missions"
FOLDERS = ("demo", "donbas-minsk", "ukraine-2023")
KM2_PER_DEGREE2 = 111.195**2


def _features(folder: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((MISSIONS / folder / name).read_text(encoding="utf-8"))["features"]
    return found


def _areas(folder: str) -> dict[str, shapely.Geometry]:
    return {
        f["properties"]["region_id"]: shapely.from_geojson(json.dumps(f["geometry"]))
        for f in _features(folder, "regions.geojson")
    }


def _km2(area: shapely.Geometry) -> float:
    """Return the area of a shape in degrees, each shape on a cylinder of equal areas."""
    flat = shapely.transform(area, lambda xy: np.c_[xy[:, 0], np.degrees(np.sin(np.radians(xy[:, 1])))])
    return float(flat.area) * KM2_PER_DEGREE2


@pytest.mark.parametrize("folder", FOLDERS)
def test_regions_are_valid_and_share_their_borders(folder: str) -> None:
    areas = list(_areas(folder).values())
    assert all(shapely.is_valid(area) and area.geom_type == "Polygon" for area in areas)
    whole = shapely.union_all(areas)
    assert whole.geom_type == "Polygon", "the regions hang together"
    assert not whole.interiors, "no gaps"
    assert whole.area == pytest.approx(sum(area.area for area in areas), rel=1e-12), "no overlaps"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_outline_is_that_of_the_regions(folder: str) -> None:
    outline = next(f for f in _features(folder, "basemap.geojson") if f["properties"]["kind"] == "outline")
    drawn = shapely.from_geojson(json.dumps(outline["geometry"]))
    assert shapely.is_valid(drawn)
    assert drawn.symmetric_difference(shapely.union_all(list(_areas(folder).values()))).area < 1e-9


@pytest.mark.parametrize("folder", FOLDERS)
def test_geometry_says_that_it_is_approximate(folder: str) -> None:
    for feature in _features(folder, "regions.geojson"):
        said = feature["properties"]
        assert said["approximate"] is True
        assert "hand" in said["note"]
        assert said["name"] == said["names"]["en"]
        assert said["names"]["uk"]
    outline = next(f for f in _features(folder, "basemap.geojson") if f["properties"]["kind"] == "outline")
    assert outline["properties"]["viewpoint"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_cities_lie_on_land(folder: str) -> None:
    whole = shapely.union_all(list(_areas(folder).values()))
    cities = [f for f in _features(folder, "basemap.geojson") if f["properties"]["kind"] == "city"]
    assert 8 <= len(cities) <= 12
    for city in cities:
        at = shapely.Point(city["geometry"]["coordinates"])
        assert whole.distance(at) < 0.05, city["properties"]["name"]


def test_crimea_is_part_of_ukraine_and_says_by_whom() -> None:
    simferopol, sevastopol = shapely.Point(34.10, 44.95), shapely.Point(33.52, 44.60)
    assert _areas("ukraine-2023")["crimea"].contains(simferopol)
    assert _areas("ukraine-2023")["crimea"].contains(sevastopol)
    assert _areas("donbas-minsk")["other"].contains(simferopol)
    for folder in ("ukraine-2023", "donbas-minsk"):
        assert all("68/262" in f["properties"]["viewpoint"] for f in _features(folder, "regions.geojson"))


def test_places_lie_in_their_region() -> None:
    donbas = _areas("donbas-minsk")
    for region, lon, lat in [
        ("donetsk-ngca", 37.80, 48.00), ("donetsk-ngca", 38.05, 48.33), ("donetsk-ngca", 38.41, 48.34),
        ("donetsk-gca", 37.75, 48.14), ("donetsk-gca", 37.55, 47.10), ("donetsk-gca", 37.56, 48.74),
        ("donetsk-gca", 37.50, 47.94), ("luhansk-gca", 38.38, 48.63), ("luhansk-gca", 39.46, 48.66),
        ("luhansk-gca", 38.49, 48.95), ("luhansk-ngca", 39.31, 48.57), ("luhansk-ngca", 38.51, 48.32),
        ("other", 35.05, 48.46), ("other", 36.23, 49.99),
    ]:  # fmt: skip
        assert donbas[region].contains(shapely.Point(lon, lat)), (region, lon, lat)


OBLASTS = {
    "west": "Волинська Рівненська Львівська Закарпатська Івано-Франківська Тернопільська Хмельницька Чернівецька",
    "centre": "Житомирська Київська Київ Вінницька Черкаська Кіровоградська Полтавська Дніпропетровська",
    "north-east": "Чернігівська Сумська Харківська", "east": "Донецька Луганська",
    "south": "Одеська Миколаївська Херсонська Запорізька", "crimea": "Крим Севастополь",
}  # fmt: skip


@pytest.fixture(scope="module")
def oblasts(data_dir: pathlib.Path) -> dict[str, shapely.Geometry]:
    """Return the real oblasts by their name."""
    features = json.loads((data_dir / "boundaries/oblast_minregion_2020.geojson").read_text(encoding="utf-8"))
    return {f["properties"]["ADMIN_1"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features["features"]}


def _of(oblasts: dict[str, shapely.Geometry], names: str) -> shapely.Geometry:
    words = names.split()
    found = [area for name, area in oblasts.items() if set(name.split()) & set(words)]
    assert len(found) == len(words)
    return shapely.union_all(found)


def _agreement(ours: shapely.Geometry, theirs: shapely.Geometry) -> float:
    """Return the area of both over the area of either."""
    return _km2(ours.intersection(theirs)) / _km2(ours.union(theirs))


@pytest.mark.parametrize("region", OBLASTS)
def test_regions_agree_with_the_oblasts(oblasts: dict[str, shapely.Geometry], region: str) -> None:
    assert _agreement(_areas("ukraine-2023")[region], _of(oblasts, OBLASTS[region])) > 0.90


@pytest.mark.parametrize(("region", "oblast"), [("donetsk", "Донецька"), ("luhansk", "Луганська")])
def test_donbas_agrees_with_the_oblasts(oblasts: dict[str, shapely.Geometry], region: str, oblast: str) -> None:
    areas = _areas("donbas-minsk")
    ours = areas[f"{region}-gca"].union(areas[f"{region}-ngca"])
    assert _agreement(ours, _of(oblasts, oblast)) > 0.90


def test_events_of_ucdp_fall_in_their_oblast(data_dir: pathlib.Path) -> None:
    events = pl.read_csv(data_dir / "ucdp_ged/api_ukr_2023-06_v23_1.csv", infer_schema=False).filter(
        pl.col("where_prec").is_in(["1", "2"]), pl.col("year").cast(pl.Int64).is_between(2014, 2019),
        pl.col("adm_1").is_in(["Donetsk oblast", "Luhansk oblast"]),
    )  # fmt: skip
    assert events.height > 2000
    areas, right = _areas("donbas-minsk"), 0
    for oblast, part in events.group_by("adm_1"):
        name = str(oblast[0]).split()[0].lower()
        area = areas[f"{name}-gca"].union(areas[f"{name}-ngca"])
        lon, lat = (part[c].cast(pl.Float64).to_numpy() for c in ("longitude", "latitude"))
        right += int(shapely.contains_xy(area, lon, lat).sum())
    assert right / events.height > 0.99


def test_fires_fall_in_their_region(data_dir: pathlib.Path, oblasts: dict[str, shapely.Geometry]) -> None:
    fires = pl.read_csv(data_dir / "firms/fire_nrt_SV-C2_ukraine_2023-02-24_2023-07-31.csv")
    lon, lat = fires["longitude"].to_numpy(), fires["latitude"].to_numpy()
    same = np.zeros(len(lon), bool)
    for region, area in _areas("ukraine-2023").items():
        theirs = shapely.simplify(_of(oblasts, OBLASTS[region]), 0.002)
        shapely.prepare(theirs)
        same |= shapely.contains_xy(area, lon, lat) & shapely.contains_xy(theirs, lon, lat)
    assert same.mean() > 0.97

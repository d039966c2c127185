"""The map of a report as SVG: lines, zones, regions, incidents as error ellipses. No script, no tiles, no network.

Incidents are told apart by outline and fill as well as by colour, so that it reads without colour. Above `MOST_SHAPES` they are
gathered into H3 cells, drawn as discs whose area is the number. The projection is equirectangular at the middle latitude.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import numpy as np
import polars as pl
import shapely

from trucewatch import place
from trucewatch.agreement import Agreement
from trucewatch.report.facts import ReportFacts
from trucewatch.words import Words, plain

MOST_SHAPES: Final = 300
WIDTH: Final = 960.0
TALLEST: Final = 760.0
NINETY_PER_CENT: Final = math.sqrt(-2 * math.log(0.1))  # radius of the 90 % ellipse, in sigmas
STYLES: Final = {
    "contrary": 'fill="#d55e00" fill-opacity=".35" stroke="#a84300" stroke-width="1.6"',
    "would_be_contrary": 'fill="#d55e00" fill-opacity=".18" stroke="#a84300" stroke-width="1.6" stroke-dasharray="5 2"',
    "undetermined": 'fill="#56b4e9" fill-opacity=".18" stroke="#1f6fa3" stroke-width="1.1" stroke-dasharray="3 2"',
    "compatible": 'fill="none" stroke="#000000" stroke-width="1"',
    "not_in_force": 'fill="none" stroke="#6b6b6b" stroke-width="1" stroke-dasharray="1 2"',
    "outside_scope": 'fill="none" stroke="#8a8a8a" stroke-width=".8"',
}
ORDER: Final = tuple(STYLES)
ZONE: Final = 'fill="#7d6b8a" fill-opacity=".12" stroke="#7d6b8a" stroke-width="1"'


@dataclass(frozen=True)
class Frame:
    """The projection of a map: degrees to pixels."""

    west: float
    north: float
    scale: float  # pixels a degree of latitude
    cos: float
    width: float
    height: float
    turned: bool = False  # across the antimeridian: degrees east of it, which are negative, lie right of those before

    def x(self, lon: float) -> float:
        """Return the pixel of a longitude."""
        return (lon + 360 * (self.turned and lon < 0) - self.west) * self.cos * self.scale

    def y(self, lat: float) -> float:
        """Return the pixel of a latitude."""
        return (self.north - lat) * self.scale

    @property
    def pixels_a_metre(self) -> float:
        """Return the scale on the ground."""
        return self.scale / place.METRES_PER_DEGREE


def frame_of(facts: ReportFacts) -> Frame:
    """Return the projection that fits the regions of the mission (but not one that is called "other")."""
    areas = [region.geometry for region in facts.regions if region.region_id != "other"] or [
        region.geometry for region in facts.regions
    ]
    return _fitted(areas)


def _fitted(areas: Sequence[shapely.Geometry]) -> Frame:
    """Return the projection that fits geometries in degrees; what lies on both sides of the antimeridian stays together."""
    parts = shapely.bounds(shapely.get_parts(np.array(areas, dtype=object)))
    turned = bool(parts[:, 2].max() - parts[:, 0].min() > 180 and not ((parts[:, 0] < 0) & (parts[:, 2] > 0)).any())
    edges = parts[:, [0, 2]] + 360 * (turned & (parts[:, [2]] <= 0))
    west, east, south, north = edges.min(), edges.max(), parts[:, 1].min(), parts[:, 3].max()
    pad_lon, pad_lat = 0.04 * (east - west) + 0.05, 0.04 * (north - south) + 0.05
    west, east, south, north = west - pad_lon, east + pad_lon, south - pad_lat, north + pad_lat
    cos = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * cos), TALLEST / (north - south))
    width, height = (east - west) * cos * scale, (north - south) * scale
    return Frame(float(west), float(north), float(scale), cos, float(width), float(height), turned)


def marks(incidents: pl.DataFrame, facts: ReportFacts) -> str:
    """Return what the map shows of `incidents` (with `conformity`, the foremost of each): the same in every language."""
    frame = frame_of(facts)
    drawn = _ellipses(incidents, frame) if incidents.height <= MOST_SHAPES else _discs(incidents, frame)
    return "".join((*_ground(facts, frame), *drawn, *_labels(facts, frame)))


def draw(incidents: pl.DataFrame, facts: ReportFacts, words: Words, marks: str) -> str:
    """Return the map of `incidents` as an SVG element: their `marks`, with its words in one language."""
    title, detail = _title(incidents, words), _detail(incidents, words)
    return _sheet(frame_of(facts), title, detail, marks, words)


def draw_agreement(agreement: Agreement, words: Words) -> str:
    """Return the map of a text's zones and lines as an SVG element; "" where it draws neither."""
    zones = [agreement.zone_geometry(zone.zone_id) for zone in agreement.document.zones]
    drawn = [*zones, *(line.geometry for line in agreement.lines.values())]
    if not drawn:
        return ""
    frame = _fitted(drawn)
    title = plain(words.say("Map of the lines and zones of {title}", title=agreement.title))
    areas = (f'<path d="{_path(zone, frame)}" {ZONE}/>' for zone in zones)
    numbers = _names([(str(n), _own(n, zones)) for n in range(1, len(zones) + 1)], frame, [])
    return _sheet(frame, title, "", "".join((*areas, *_lines(agreement, frame), *numbers)), words)


def _own(number: int, zones: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Return the part of zone `number`, from 1, that no smaller zone covers: where its number tells it from others."""
    zone = zones[number - 1]
    smaller = [other for other in zones if other.area < zone.area]
    own = shapely.difference(zone, shapely.union_all(smaller)) if smaller else zone
    return max(shapely.get_parts(own), key=lambda part: part.area, default=zone)


def _sheet(frame: Frame, title: str, detail: str, marks: str, words: Words) -> str:
    """Return the SVG element of a map: its ground, what is drawn on it, and the scale. It is never shown wider than it is."""
    width, height = f"{frame.width:.0f}", f"{frame.height:.0f}"
    told = "map-title map-desc" if detail else "map-title"
    return (
        f'<svg viewBox="0 0 {width} {height}" style="max-width:{width}px" role="img" aria-labelledby="{told}">'
        f'<title id="map-title">{escape(title)}</title>'
        + (f'<desc id="map-desc">{escape(detail)}</desc>' if detail else "")
        + f'<rect width="{width}" height="{height}" fill="#f4f6f7"/>{marks}{_scale_bar(frame, words)}</svg>'
    )


def _lines(agreement: Agreement, frame: Frame) -> Iterator[str]:
    """Yield the lines of a text."""
    for number, line in enumerate(agreement.lines.values()):
        yield f'<path d="{_path(line.geometry, frame)}" fill="none" stroke="#1c1c1c" stroke-width="2"{_dash(number)}/>'


def _dash(number: int) -> str:
    """Return how the line of a number is drawn: the first whole, others dashed."""
    return ' stroke-dasharray="9 4"' if number else ""


def line_swatch(number: int) -> str:
    """Return the sign of a line in the map's key."""
    return f'<svg viewBox="0 0 30 18" aria-hidden="true"><path d="M1 9h28" stroke="#1c1c1c" stroke-width="2"{_dash(number)}/></svg>'


def alone(svg: str, font: str) -> str:
    """Return an SVG element as an image of its own: with its name space, and the style that it has on the page."""
    style = (
        f"text{{font-family:'{font}';paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}}"
        ".town{font-size:15px;fill:#333}.region{font-size:16px;fill:#5b646d;text-anchor:middle}"
    )
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(
        ">", f"><style>{style}</style>", 1
    )


def described(incidents: pl.DataFrame, words: Words) -> str:
    """Return what the map shows, for those who do not see it."""
    return f"{_title(incidents, words)}. {_detail(incidents, words)}"


def _title(incidents: pl.DataFrame, words: Words) -> str:
    """Return the title of the map."""
    return words.count("Map of {n} incident", "Map of {n} incidents", incidents.height)


def _detail(incidents: pl.DataFrame, words: Words) -> str:
    """Return what the map's shapes mean."""
    if incidents.height <= MOST_SHAPES:
        return words.say(
            "Ellipses hold each incident’s true place nine times in ten; the tables below say the same in words."
        )
    return words.say(
        "Discs gather incidents by cells; their area is the number. The tables below say the same in words."
    )


def _ground(facts: ReportFacts, frame: Frame) -> Iterator[str]:
    """Yield outlines, regions, zones and lines."""
    if facts.basemap:
        for outline in facts.basemap.outlines:
            yield f'<path d="{_path(outline, frame)}" fill="#ffffff" stroke="#b9bfc4" stroke-width="1"/>'
    for region in facts.regions:
        if region.region_id != "other":
            yield f'<path d="{_path(region.geometry, frame)}" fill="#ffffff" stroke="#c4c9ce" stroke-width=".8"/>'
    for zone in facts.agreement.document.zones:
        area = _path(facts.agreement.zone_geometry(zone.zone_id), frame)
        yield f'<path d="{area}" fill="none" stroke="#7d6b8a" stroke-width=".7" stroke-dasharray="2 3" opacity=".8"/>'
    yield from _lines(facts.agreement, frame)


def _ellipses(incidents: pl.DataFrame, frame: Frame) -> Iterator[str]:
    """Yield the 90 % ellipses, what is assessed as contrary on top."""
    rank = {word: n for n, word in enumerate(ORDER)}
    ordered = incidents.sort(pl.col("conformity").replace_strict(rank, default=99), descending=True)
    grow = NINETY_PER_CENT * frame.pixels_a_metre
    for style, part in ordered.group_by("conformity", maintain_order=True):
        yield f"<g {STYLES.get(str(style[0]), STYLES['outside_scope'])}>"
        for lon, lat, major, minor, azimuth in part.select(
            "lon_deg", "lat_deg", "error_major_m", "error_minor_m", "error_azimuth_deg"
        ).iter_rows():
            x, y = frame.x(lon), frame.y(lat)
            rx, ry = max(major * grow, 2.5), max(minor * grow, 2.5)
            turn = f' transform="rotate({azimuth - 90:.0f} {x:.1f} {y:.1f})"' if rx - ry > 1 else ""
            yield f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}"{turn}/>'
        yield "</g>"


def _discs(incidents: pl.DataFrame, frame: Frame) -> Iterator[str]:
    """Yield one disc for each cell and conformity; the resolution is such that there are at most `MOST_SHAPES` cells."""
    lon, lat = incidents["lon_deg"].to_numpy(), incidents["lat_deg"].to_numpy()
    names: list[str] = []
    for resolution in range(5, 1, -1):
        names = place.cells(lon, lat, resolution)
        if len(set(names)) <= MOST_SHAPES:
            break
    counted = (
        incidents.with_columns(pl.Series("cell", names))
        .group_by("cell", "conformity")
        .agg(pl.len().alias("n"), pl.col("lon_deg").mean(), pl.col("lat_deg").mean())
        .sort("n", "cell", "conformity", descending=[True, False, False])
        .head(2 * MOST_SHAPES)
    )
    biggest = float(counted["n"].to_numpy().max())
    for word, cell_lon, cell_lat, n in counted.select("conformity", "lon_deg", "lat_deg", "n").iter_rows():
        radius = max(2.0, 26 * math.sqrt(n / biggest))
        style = STYLES.get(word, STYLES["outside_scope"])
        yield f'<circle cx="{frame.x(cell_lon):.1f}" cy="{frame.y(cell_lat):.1f}" r="{radius:.1f}" {style}/>'


def _labels(facts: ReportFacts, frame: Frame) -> Iterator[str]:
    """Yield towns with their names, then names of regions; a name that would lie on another is left out."""
    taken: list[tuple[float, float, float, float]] = []
    towns = facts.basemap.towns if facts.basemap else ()
    for name, lon, lat in towns:
        x, y = frame.x(lon), frame.y(lat)
        yield f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.2" fill="#333"/>'
        if _free(taken, x + 5, y - 4, 7.2 * len(name), 14):
            yield f'<text x="{x + 5:.0f}" y="{y - 4:.0f}" class="town">{escape(plain(name))}</text>'
    named = [(region.name, region.geometry) for region in facts.regions if region.region_id != "other"]
    yield from _names(named, frame, taken)


def _names(
    areas: Sequence[tuple[str, shapely.Geometry]], frame: Frame, taken: list[tuple[float, float, float, float]]
) -> Iterator[str]:
    """Yield the names of areas, each in the middle of its own, whole within the map; one that would lie on another is left out."""
    for name, area in areas:
        point = area.representative_point()
        width = 8.4 * len(name)
        x, y = frame.x(point.x), frame.y(point.y)
        x = max(width / 2, min(x, frame.width - width / 2))
        if _free(taken, x - width / 2, y, width, 15):
            yield f'<text x="{x:.0f}" y="{y:.0f}" class="region">{escape(plain(name))}</text>'


def _free(taken: list[tuple[float, float, float, float]], x: float, y: float, width: float, height: float) -> bool:
    """Take the room of a text whose lower left corner is (x, y), and say whether nobody had it before."""
    box = (x, y - height, x + width, y)
    if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
        return False
    taken.append(box)
    return True


def _scale_bar(frame: Frame, words: Words) -> str:
    """Return a bar of a round number of kilometres."""
    target = 160 / frame.pixels_a_metre / 1000
    step = 10 ** math.floor(math.log10(target))
    km = max(k * step for k in (1, 2, 5) if k * step <= target)
    length, y = km * 1000 * frame.pixels_a_metre, frame.height - 14
    label = escape(words.say("{km} km", km=words.number(km)))
    bar = f'<path d="M14 {y:.0f}h{length:.0f}" stroke="#1c1c1c" stroke-width="3"/>'
    return f'{bar}<text x="14" y="{y - 6:.0f}" class="town">{label}</text>'


def _path(geometry: shapely.Geometry, frame: Frame) -> str:
    """Return a geometry as SVG path data, simplified to half a pixel."""
    simple = shapely.simplify(geometry, 0.5 / frame.scale)
    data = []
    for part in shapely.get_parts(simple):
        rings = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for ring in rings:
            xy = shapely.get_coordinates(ring)
            lon = xy[:, 0] + 360 * (frame.turned and xy[:, 0].min() < 0)
            points = np.column_stack([(lon - frame.west) * frame.cos, frame.north - xy[:, 1]]) * frame.scale
            closed = "Z" if part.geom_type == "Polygon" else ""
            data.append("M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points) + closed)
    return "".join(data)

"""How a map program draws the layers: the map’s own colours as QML (QGIS) and SLD 1.0 (OGC 02-070, other programs).

Both are made from `svg.STYLES`, so that the page, the paper and the map program show one word in one way.
"""

import re
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import quoteattr

from trucewatch.report.svg import ORDER, STYLES
from trucewatch.words import Words

Style = Mapping[str, str]  # fill, fill-opacity, stroke, stroke-width, stroke-dasharray as in SVG
GROUND: Final[Mapping[str, Style]] = {
    "regions": {"fill": "none", "stroke": "#c4c9ce", "stroke-width": "1"},
    "zones": {"fill": "none", "stroke": "#7d6b8a", "stroke-width": "1", "stroke-dasharray": "2 3"},
    "lines": {"fill": "none", "stroke": "#1c1c1c", "stroke-width": "2"},
}
MM_A_PIXEL: Final = 0.26
_HEAD: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
_SLD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc">'
)


def style(word: str) -> Style:
    """Return how a conformity is drawn.

    >>> style("contrary")["stroke"]
    '#a84300'
    """
    return dict(re.findall(r'([\w-]+)="([^"]*)"', STYLES[word]))


def qml(layer: str, kind: str, words: Words) -> str:
    """Return the style of a layer for QGIS: by conformity, or one symbol."""
    if layer in GROUND:
        renderer, drawn = '<renderer-v2 type="singleSymbol">', [GROUND[layer]]
        categories = ""
    else:
        renderer, drawn = '<renderer-v2 type="categorizedSymbol" attr="conformity">', [style(word) for word in ORDER]
        listed = "".join(
            f'<category value="{word}" symbol="{n}" label={quoteattr(words.name("conformity", word))} render="true"/>'
            for n, word in enumerate(ORDER)
        )
        categories = f"<categories>{listed}</categories>"
    symbols = "".join(_symbol(n, kind, each) for n, each in enumerate(drawn))
    return (
        f'{_HEAD}<qgis version="3.22.0" styleCategories="Symbology">{renderer}{categories}'
        f"<symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _symbol(n: int, kind: str, given: Style) -> str:
    """Return a symbol of QGIS: a marker, a line or a filling."""
    width = float(given["stroke-width"]) * MM_A_PIXEL
    pen = "dash" if "stroke-dasharray" in given else "solid"
    colour = _rgba(given.get("fill", "none"), given.get("fill-opacity", "1"))
    if kind == "POINT":
        of, name = "marker", "SimpleMarker"
        told = {
            "name": "circle", "color": colour, "outline_color": _rgba(given["stroke"]), "outline_style": "solid",
            "outline_width": f"{width:.2f}", "outline_width_unit": "MM", "size": "1.6", "size_unit": "MM",
        }  # fmt: skip
    elif "LINE" in kind:
        of, name = "line", "SimpleLine"
        told = {
            "line_color": _rgba(given["stroke"]),
            "line_style": pen,
            "line_width": f"{width:.2f}",
            "line_width_unit": "MM",
        }
    else:
        of, name = "fill", "SimpleFill"
        told = {
            "color": colour, "style": "no" if given.get("fill", "none") == "none" else "solid",
            "outline_color": _rgba(given["stroke"]), "outline_style": pen, "outline_width": f"{width:.2f}",
            "outline_width_unit": "MM",
        }  # fmt: skip
    props = "".join(f'<prop k="{key}" v="{value}"/>' for key, value in told.items())
    drawn = f'<layer class="{name}" enabled="1" locked="0" pass="0">{props}</layer>'
    return f'<symbol type="{of}" name="{n}" alpha="1">{drawn}</symbol>'


def _rgba(colour: str, opacity: str = "1") -> str:
    """Return a colour as QGIS writes it.

    >>> _rgba("#d55e00", ".35")
    '213,94,0,89'
    """
    if colour == "none":
        return "0,0,0,0"
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * float(opacity))}"


def sld(layer: str, kind: str, words: Words) -> str:
    """Return the style of a layer as SLD."""
    if layer in GROUND:
        rules = f"<Rule>{_symbolizer(kind, GROUND[layer])}</Rule>"
    else:
        rules = "".join(
            f"<Rule><Name>{word}</Name><Title>{_text(words.name('conformity', word))}</Title><ogc:Filter><ogc:PropertyIsEqualTo>"
            f"<ogc:PropertyName>conformity</ogc:PropertyName><ogc:Literal>{word}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"
            f"{_symbolizer(kind, style(word))}</Rule>"
            for word in ORDER
        )
    named = f"<NamedLayer><Name>{layer}</Name><UserStyle><FeatureTypeStyle>{rules}</FeatureTypeStyle></UserStyle></NamedLayer>"
    return f"{_SLD}{named}</StyledLayerDescriptor>"


def _symbolizer(kind: str, given: Style) -> str:
    """Return how a geometry is drawn, in SLD."""
    pen = {name: given[name] for name in ("stroke", "stroke-width", "stroke-dasharray") if name in given}
    stroke = "".join(f'<CssParameter name="{name}">{value}</CssParameter>' for name, value in pen.items())
    stroke = f"<Stroke>{stroke}</Stroke>"
    fill = ""
    if given.get("fill", "none") != "none":
        told = f'<CssParameter name="fill">{given["fill"]}</CssParameter>'
        told += f'<CssParameter name="fill-opacity">{given.get("fill-opacity", "1")}</CssParameter>'
        fill = f"<Fill>{told}</Fill>"
    if kind == "POINT":
        mark = f"<Mark><WellKnownName>circle</WellKnownName>{fill}{stroke}</Mark>"
        return f"<PointSymbolizer><Graphic>{mark}<Size>6</Size></Graphic></PointSymbolizer>"
    if "LINE" in kind:
        return f"<LineSymbolizer>{stroke}</LineSymbolizer>"
    return f"<PolygonSymbolizer>{fill}{stroke}</PolygonSymbolizer>"


def _text(text: str) -> str:
    """Return a text as XML."""
    return quoteattr(text)[1:-1]

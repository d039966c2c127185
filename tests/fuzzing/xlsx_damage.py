"""Damage to a workbook: to the bytes of its zip, to its parts, to its XML, and to single cells."""

import io
import random
import zipfile

from fuzzing import csv_damage

NUMBERS = (
    "nan",
    "inf",
    "1e309",
    "-1",
    "0",
    "0.5",
    "59",
    "60",
    "2958465",
    "2958466",
    "1e308",
    "-7e5",
    "1_0",
    "٤٨",
    "45087.8180555",
    "9" * 400,
)
KINDS = ("n", "s", "b", "e", "d", "str", "inlineStr", "x", "")
SPARE = (
    b"<c/>", b"<v>1</v>", b"<f>1+1</f>", b'<f t="shared" si="0"/>', b"<row/>", b"</row>", b"</sheetData>", b"<![CDATA[<]]>",
    b"<!--",
    b'<!DOCTYPE x [<!ENTITY e "x">]>', b"&e;", b"&#0;", b"&#55296;", b"&lt;", b"<is><t>x</t></is>", b"<x:c/>", b'<c r="A1"/>',
    b'<c r="XFD1048576"><v>1</v></c>', b'<row r="0"/>', b'<row r="2"/>', b'<?xml version="1.0" encoding="utf-16"?>',
)  # fmt: skip


def of_workbook(dice: random.Random, columns: csv_damage.Row, rows: list[csv_damage.Row]) -> bytes:
    """Return a damaged workbook of `columns` and `rows`."""
    parts = plain(columns, [csv_damage.of_row(dice, row) if dice.random() < 0.3 else row for row in rows])
    kind = dice.random()
    if kind < 0.15:
        return csv_damage.of_bytes(dice, packed(dice, parts))
    name = dice.choice((*parts, "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"))
    if kind < 0.5:
        parts[name] = of_xml(dice, parts[name])
    elif kind < 0.7:
        parts["xl/worksheets/sheet1.xml"] = of_cells(dice, parts["xl/worksheets/sheet1.xml"])
    elif kind < 0.75:
        del parts[name]
    elif kind < 0.8:
        parts[name] = parts[dice.choice(tuple(parts))]
    elif kind < 0.85:
        parts[name] = (
            parts[name].decode("utf-8", "replace").encode(dice.choice(("utf-16", "latin-1", "cp1251")), "replace")
        )
    return packed(dice, parts)


def of_xml(dice: random.Random, data: bytes) -> bytes:
    """Return XML with tags put in, taken out or torn."""
    tags = [n for n, byte in enumerate(data) if byte == ord("<")]
    if dice.random() < 0.4 or len(tags) < 2:
        return csv_damage.of_bytes(dice, data)
    at, to = sorted(dice.choices(tags, k=2))
    kind = dice.randrange(4)
    if kind == 0:
        return data[:at] + dice.choice(SPARE) + data[at:]
    if kind == 1:
        return data[:at] + data[to:]
    if kind == 2:
        return data[:to] + data[at:to] * dice.choice((1, 2, 40)) + data[to:]
    return data[:at] + dice.choice(SPARE) * dice.choice((2, 70, 600)) + data[to:]


def of_cells(dice: random.Random, data: bytes) -> bytes:
    """Return a sheet in which cells are of another kind, style or place, or hold what they cannot."""
    cells = data.split(b"<c ")
    for _ in range(dice.choice((1, 2, 6))):
        at = dice.randrange(1, len(cells)) if len(cells) > 1 else 0
        place = dice.choice(("A1", "B2", "A3", "XFD2", "ZZZ9", "a1", "A0", "A99999999", "1", "", "Ä1"))
        attributes = f't="{dice.choice(KINDS)}" s="{dice.choice(("0", "1", "2", "-1", "99", "x", "9" * 20))}"'
        if dice.random() < 0.3:
            attributes += f' r="{place}"'
        held = dice.choice((f"<v>{dice.choice(NUMBERS)}</v>", "<f>1+1</f><v>2</v>", "<is><t>x</t></is>", "<v/>", ""))
        cells[at : at + dice.randrange(2)] = [f"{attributes}>{held}</c>".encode()]
    return b"<c ".join(cells)


def plain(columns: csv_damage.Row, rows: list[csv_damage.Row]) -> dict[str, bytes]:
    """Return the parts of a small workbook: half of its texts are shared, the others inline."""
    shared: list[str] = []
    lines = []
    for number, row in enumerate((columns, *rows), start=1):
        cells = ""
        for place, text in enumerate(row):
            if place % 2:
                cells += f'<c t="s"><v>{len(shared)}</v></c>'
                shared.append(f"<si><t>{_escaped(text)}</t></si>")
            else:
                cells += f'<c t="inlineStr"><is><t>{_escaped(text)}</t></is></c>'
        lines.append(f'<row r="{number}">{cells}</row>')
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    formats = '<numFmts count="1"><numFmt numFmtId="164" formatCode="d.m.yyyy h:mm"/></numFmts>'
    book = '<sheets><sheet name="S" sheetId="1" r:id="b"/></sheets>'
    parts = {
        "_rels/.rels": relations
        + f'<Relationship Id="a" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{office}">{book}</workbook>',
        "xl/_rels/workbook.xml.rels": relations
        + f'<Relationship Id="b" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        + f'<Relationship Id="c" Type="{office}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
        + f'<Relationship Id="d" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {main}>{formats}<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="164"/><xf numFmtId="46"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f"<sst {main}>{''.join(shared)}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>",
    }
    return {name: text.encode() for name, text in parts.items()}


def _escaped(text: str) -> str:
    """Return text as XML can hold it."""
    held = "".join(c for c in text if c >= " " or c in "\t\n\r")
    held = "".join(c for c in held if c not in "\ufffe\uffff" and not 0xD800 <= ord(c) < 0xE000)
    return held.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def packed(dice: random.Random, parts: dict[str, bytes]) -> bytes:
    """Return a zip of the parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, archive.compression)
    return file.getvalue()

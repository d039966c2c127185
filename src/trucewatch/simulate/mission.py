"""The mission document of a simulated world."""

import json
from collections.abc import Mapping

from trucewatch.simulate.document import ScenarioDocument


def mission_document(document: ScenarioDocument, reading: Mapping[str, tuple[str, dict[str, str]]]) -> bytes:
    """Return the mission document as TOML; `reading` says of each source its reader and the reader's options."""
    m = document.mission
    lines = [
        f"# Made from the scenario {document.scenario_id}: a world with known truth, nothing in it is real.",
        f"mission_id = {_text(m.mission_id)}",
        f"title = {_text(m.title)}",
        f"note = {_text(m.note)}",
        f"agreement = {_text(m.agreement)}",
        f"time_zone = {_text(document.time_zone)}",
        f"cut_off = {_text(m.cut_off.strftime('%H:%M'))}",
        f"regions = {_text(m.regions)}",
        f"basemap = {_text(m.basemap)}",
        f"settlements = {_text(m.settlements)}",
        f"first_report_day = {m.first_report_day.isoformat()}",
    ]
    for source_id, (reader, options) in reading.items():
        told = ", ".join(f"{key} = {_text(value)}" for key, value in options.items())
        lines += [
            "", "[[sources]]", f"source = {_text(reader)}", f"files = [{_text(source_id + '/*.csv')}]",
            f"options = {{ {told} }}" if told else "options = {}",
        ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode("utf-8")


def _text(value: str) -> str:
    """Write a TOML string; JSON's escapes are TOML's too."""
    return json.dumps(value, ensure_ascii=False)

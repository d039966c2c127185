"""Real documents, damaged by number: `one(number)` damages one, parses it, and says what came of it.

Whatever a document holds, it is parsed, or refused with every problem: where, what, and what to do.
"""

import functools
import pathlib
import random
from collections.abc import Callable

from fuzzing import document_damage
from trucewatch.agreement import parse_agreement, read_features
from trucewatch.errors import TrucewatchError
from trucewatch.manifest import parse_manifest
from trucewatch.mission.document import parse_mission
from trucewatch.mission.regions import parse_basemap, parse_regions, parse_settlements
from trucewatch.simulate import parse_scenario
from trucewatch.store import beside

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {
    "agreement": "agreements/*/agreement.toml",
    "manifest": "src/trucewatch/observe/readers/*/source.toml",
    "mission": "missions/*.toml",
    "scenario": "missions/*/scenario.toml",
    "geojson": "*s/*/*.geojson",
}
KINDS = (*FILES, "beside")
"""What is damaged; `beside`: the geometry of an agreement, which itself is whole."""


@functools.cache
def real(kind: str) -> tuple[tuple[pathlib.Path, bytes], ...]:
    """Return path and bytes of every real document of a kind."""
    found = tuple((path, path.read_bytes()) for path in sorted(ROOT.glob(FILES[kind])))
    assert found, kind
    return found


def one(number: int) -> str:
    """Damage one document, by number, and parse it. Returns its kind and "parsed" or "refused"; raises what is a fault."""
    kind = KINDS[number % len(KINDS)]
    dice = random.Random(f"documents {number}")
    try:
        _damaged(kind, dice)()
    except TrucewatchError as error:
        refused = error
    else:
        return f"{kind} parsed"
    assert whole(refused), refused
    return f"{kind} refused"


def whole(refused: TrucewatchError) -> bool:
    """Say whether a refusal has problems that each say where, what and what to do, on one line that hides nothing."""
    told = [str(problem) for problem in refused.problems]
    return bool(told) and all(
        problem.where and problem.what and problem.to_do and not {"\n", "\x1b"} & set(line)
        for problem, line in zip(refused.problems, told, strict=True)
    )


def _damaged(kind: str, dice: random.Random) -> Callable[[], object]:
    """Return what parses a damaged document."""
    if kind == "geojson":
        path, data = dice.choice(real(kind))
        reads = {
            "regions.geojson": parse_regions,
            "basemap.geojson": parse_basemap,
            "settlements.geojson": parse_settlements,
        }
        read = reads.get(path.name, read_features)
        return functools.partial(read, document_damage.of_geojson(dice, data), name=path.name)
    if kind == "beside":
        path, data = dice.choice([each for each in real("agreement") if list(each[0].parent.glob("*.geojson"))])
        files = {each.name: each.read_bytes() for each in sorted(path.parent.glob("*.geojson"))}
        name = dice.choice(sorted(files))
        files[name] = document_damage.of_geojson(dice, files[name])
        return functools.partial(parse_agreement, data, name="agreement.toml", beside=files.__getitem__)
    path, data = dice.choice(real(kind))
    damaged = document_damage.of_document(dice, data, tuple(each for _, each in real(kind)))
    near = beside(path.parent, path.parents[1], path.parents[2])
    if kind in ("agreement", "scenario"):
        return functools.partial(
            {"agreement": parse_agreement, "scenario": parse_scenario}[kind], damaged, name=path.name, beside=near
        )
    return functools.partial({"manifest": parse_manifest, "mission": parse_mission}[kind], damaged, name=path.name)

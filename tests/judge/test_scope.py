"""A clause is judged by the machine, by people, or by nobody; and the table says why."""

import pytest

from trucewatch.judge import scope
from trucewatch.manifest import Manifest


def source(source_id: str, *acts: str) -> Manifest:
    return Manifest.model_validate(
        {
            "source_id": source_id, "title": source_id, "publisher": "a test", "formats": ("csv",),
            "delivery": "increment", "sees": {"acts": acts},
            "licence": {"name": "free", "attribution": "none", "republish": "rows"},
            "accuracy": {"position_error_m": 100.0, "time_error_s": 60.0},
        }
    )  # fmt: skip


CLAUSES = {
    "fire": 'kind = "prohibit"\nacts = ["weapon_use"]\n',
    "shelling": 'kind = "prohibit"\nacts = ["shelling"]\n',
    "mines": 'kind = "permit"\nacts = ["controlled_detonation"]\n',
    "guns": 'kind = "oblige"\nacts = ["heavy_weapon"]\n',
    "envoys": 'kind = "oblige"\n',
    "prisoners": 'kind = "oblige"\njudged_by_people = "lists of people"\n',
    "self_defence": 'kind = "except"\nacts = ["weapon_use"]\n',
    "extension": 'kind = "power"\n',
}
BY_PEOPLE = {
    "envoys": ("people", "duty_without_act"),
    "prisoners": ("people", "judged_by_people"),
    "self_defence": ("people", "exception_is_claimed"),
    "extension": ("people", "judged_by_people"),
}
MACHINE, NOBODY = ("machine", None), ("nobody", "no_source_sees_it")


@pytest.mark.parametrize(
    ("sources", "judged"),
    [
        ([], {"fire": NOBODY, "shelling": NOBODY, "mines": NOBODY, "guns": NOBODY}),
        ([("dead", "armed_clash")], {"fire": MACHINE, "shelling": NOBODY, "mines": NOBODY, "guns": NOBODY}),
        # a fire may come of a weapon, so such clauses are judged, and not told
        ([("sky", "fire")], {"fire": MACHINE, "shelling": MACHINE, "mines": NOBODY, "guns": NOBODY}),
        # who sees explosions may have seen shelling
        ([("ears", "explosion")], {"fire": MACHINE, "shelling": MACHINE, "mines": NOBODY, "guns": NOBODY}),
        (
            [("ears", "explosion"), ("patrol", "heavy_weapon", "controlled_detonation")],
            {"fire": MACHINE, "shelling": MACHINE, "mines": MACHINE, "guns": MACHINE},
        ),
    ],
)
def test_who_judges_a_clause(text, sources, judged):
    table = scope(text(CLAUSES), [source(*told) for told in sources])
    assert {clause: (by, why) for clause, _, by, why in table.rows()} == judged | BY_PEOPLE


def test_every_clause_stands_under_every_reading(text):
    own = '\n[[readings]]\nparty_id = "east"\nnote = ""\nreplaces = [{ clause_id = "guns", acts = ["military_presence"] }]\n'
    table = scope(text(CLAUSES, own), [source("patrol", "military_presence")])
    assert set(table.select("clause_id", "reading").rows()) == {(c, r) for c in CLAUSES for r in ("text", "east")}
    guns = {reading: by for clause, reading, by, _ in table.rows() if clause == "guns"}
    assert guns == {"text": "nobody", "east": "machine"}

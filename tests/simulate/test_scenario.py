from collections.abc import Callable

import pytest

from trucewatch.errors import DocumentError
from trucewatch.simulate import Scenario

Parse = Callable[[dict[str, str]], Scenario]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("days = 4", "days = 0", r"small\.toml:5: days"),
        ("seed = 7", "seed = -1", r"small\.toml:3: seed"),
        ("days = 4", "dais = 4", r"small\.toml:5: dais: .*correct its spelling"),
        ('"Atlantic/Azores"', '"Atlantic/Atlantis"', r"small\.toml:6: time_zone: no such time zone"),
        ('act = "shelling"', 'act = "shouting"', r"small\.toml:\d+: acts\[0\].*no such act: 'shouting'"),
        ("spread_km = 3", "spread_km = 3\nbetween_km = [1, 2]", r"either `spread_km` or `between_km`"),
        ("between_km = [3, 30]", "between_km = [30, 3]", r"from the nearer to the farther"),
        ("detects = { shelling = 0.9 }", "detects = { shelling = 1.9 }", r"sources\[1\].*probability is above 1"),
        ("detects = { shelling = 0.9 }", "detects = { alert = 0.9 }", r"no such act: 'alert'"),
        ('source_id = "patrol", share', 'source_id = "firms2", share', r"small\.toml:\d+: .*copies a source.*'firms2'"),
        ('source_id = "acoustic"', 'source_id = "firms"', r"small\.toml:\d+: sources: 'firms' stands twice"),
        ('kind = "firms"', 'kind = "spy"', r"sources\[2\]"),
        ('file = "geometry.geojson"', 'file = "nowhere.geojson"', r"small\.toml:9: 'nowhere\.geojson': no such file"),
        ('line_id = "line"', 'line_id = "other"', r"geometry\.geojson: has 0 lines 'other'"),
        ("end = 2026-03-28T12:00:00", "end = 2026-03-28T02:00:00", r"ends before it starts"),
        ("per_day = 12", "per_day = nan", r"per_day"),
        ("clutter_acts = { explosion = 1 }\nduplicates", "duplicates", r"clutter needs `clutter_acts`"),
    ],
)  # fmt: skip
def test_says_where_and_what_is_wrong(small: Parse, old: str, new: str, says: str) -> None:
    with pytest.raises(DocumentError, match=says):
        small({old: new})


def test_says_every_problem_at_once(small: Parse) -> None:
    with pytest.raises(DocumentError) as caught:
        small({"days = 4": "days = 0", "seed = 7": "seed = -1", "per_day = 60": "per_day = -60"})
    assert len(caught.value.problems) == 3


def test_turns_must_stand_in_order(small: Parse) -> None:
    with pytest.raises(DocumentError, match="in order of time"):
        small({"at = 2026-03-26T00:00:00": "at = 2026-03-30T00:00:00"})

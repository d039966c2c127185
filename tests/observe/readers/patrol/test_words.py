"""The monitors' words: what is said is read, and nothing finer than is said."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.observe.readers.patrol import words
from trucewatch.place import WINDS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2–4km ESE and SE", (2000, 4000, 123.75, 22.5)),
        ("2-4km ESE", (2000, 4000, 112.5, 11.25)),
        ("2 - 4 km N", (2000, 4000, 0, 11.25)),
        ("1-2km NNW and N", (1000, 2000, 348.75, 22.5)),
        ("1-2km N and NNW", (1000, 2000, 348.75, 22.5)),
        ("1-2km N, NE and E", (1000, 2000, 45, 56.25)),
        ("3km S", (2500, 3500, 180, 11.25)),
        ("1.5km S", (1450, 1550, 180, 11.25)),
        ("c.3km S", (2400, 3600, 180, 11.25)),
        ("c.500m N", (400, 600, 0, 11.25)),
        ("500m N", (450, 550, 0, 11.25)),
        ("3km", (2500, 3500, None, 180)),
        ("at an undetermined distance NE", (0, words.HEARING_M, 45, 11.25)),
        ("an unknown distance", (0, words.HEARING_M, None, 180)),
        ("W", (0, words.HEARING_M, 270, 11.25)),
    ],
)
def test_sectors(text, told):
    assert words.sector(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "far away",
        "2-4km QNE",
        "4-2km N",
        "2-2km N",
        "0m N",
        "٢km N",
        "2_0km N",
        "-2km N",
        "2-4 N",
        "9" * 400 + "km N",
        "c." + "9" * 400 + "km N",
        "0-" + "9" * 400 + "km N",
        "99999km N",
        "nan km N",
    ],
)
def test_what_is_no_sector(text):
    assert words.sector(text) is None


@settings(max_examples=100)
@given(st.lists(st.sampled_from(WINDS), min_size=1, max_size=5, unique=True))
def test_a_sector_holds_all_the_winds_that_are_named(winds):
    _, _, azimuth, half = words.sector("1-2km " + " and ".join(winds))
    for wind in winds:
        off = abs((WINDS.index(wind) * 22.5 - azimuth + 180) % 360 - 180)
        assert off <= half - 11.25 + 1e-9 or half == 180


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("12", (12, 12)),
        ("0", (0, 0)),
        ("about 20", (15, 25)),
        ("c. 20", (15, 25)),
        ("About 1", (0, 2)),
        ("at least 5", (5, None)),
        ("more than 5", (6, None)),
        ("up to 5", (0, 5)),
        ("10-15", (10, 15)),
        ("10–15", (10, 15)),
        ("N/K", (None, None)),
        ("", (None, None)),
        ("–", (None, None)),
        ("about 0", (0, 1)),
        ("many", None),
        ("15-10", None),
        ("1_0", None),
        ("١٠", None),
        ("1.5", None),
        ("-5", None),
        ("=5", None),
        ("9999999", None),
        ("nan", None),
        ("about", None),
        ("20 about", None),
    ],
)
def test_numbers(text, told):
    assert words.number(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("10:15", (615, 616, True)),
        ("00:00", (0, 1, True)),
        ("23:59", (1439, 1440, True)),
        ("10:15:00", (615, 616, True)),
        ("10:15-10:50", (615, 650, True)),
        ("23:50–00:20", (1430, 1460, True)),
        ("10:15-10:15", (615, 616, True)),
        ("Evening", (1080, 1440, False)),
        (" night ", (0, 360, False)),
        ("N/K", (0, 1440, False)),
        ("throughout the day", (0, 1440, False)),
        ("24:00", None),
        ("10:60", None),
        ("29:00", None),
        ("9:15", None),
        ("10.15", None),
        ("10:15-24:00", None),
        ("١٠:١٥", None),
        ("", None),
        ("soon", None),
        ("10:15:30", None),
    ],
)
def test_clocks_and_parts_of_the_day(text, told):
    assert words.clock(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("c.500m N of Oak Ridge", (500, 0, "Oak Ridge")),
        ("2km SW of X (government-controlled)", (2000, 225, "X (government-controlled)")),
        ("Oak Ridge", None),
        ("500m QQ of X", None),
        ("500m N of", None),
        ("٥km N of X", None),
    ],
)
def test_places_off_a_place(text, told):
    assert words.off_place(text) == told


@pytest.mark.parametrize(
    ("text", "weapon", "told"),
    [
        ("Undetermined explosion", "N/K", ("explosion", "undetermined")),
        ("Outgoing explosion", "N/K", ("explosion", "outgoing")),
        ("explosion (incoming)", "N/K", ("explosion", "impact")),
        ("Airburst explosion", "N/K", ("explosion", "airburst")),
        ("Explosion", "mortar 120mm", ("shelling", None)),
        ("Outgoing explosion", "BM-21", ("shelling", "outgoing")),
        ("Explosion", "HMG", ("explosion", None)),
        ("Burst", "HMG", ("burst", None)),
        ("Shots", "small arms", ("shot", None)),
        ("Muzzle flash", "N/K", ("muzzle_flash", None)),
        ("Projectile from W to E", "N/K", ("projectile", None)),
        ("Illumination flare", "N/K", ("illumination_flare", None)),
        ("Controlled detonation", "N/K", ("controlled_detonation", None)),
        ("Parade", "N/K", None),
        ("", "N/K", None),
    ],
)
def test_descriptions(text, weapon, told):
    assert words.description(text, weapon) == told

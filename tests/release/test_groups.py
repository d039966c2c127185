"""No query, and no difference of two, within one release or between two, leads to fewer than k incidents of a sensitive kind.

A pair of queries differs by one incident: asked of the release before and of the release after one incident of a class came,
went, moved, or turned out to be something else. A release answers such queries for many places at once, and so does the test.
"""

import datetime as dt
import os

import numpy as np
import polars as pl
import pytest

from trucewatch.release import ReleaseSettings, prepare
from trucewatch.release.groups import kind_of, masking
from trucewatch.release.policy import OUTSIDE, SENSITIVE_KINDS

NOW = dt.datetime(2026, 3, 25, 12, tzinfo=dt.UTC)
PAIRS = int(os.environ.get("TRUCEWATCH_PAIRS", "1000"))
PLACES = 100  # asked about in one release
K = 5
KEYS = [name for name in OUTSIDE["incidents"] if name != "incident_id"]
CHANGES = ("came", "went", "moved", "other_kind", "origin_of_fire", "harm", "recent")


def incident(rng, number, act="violence_against_civilians", **told):
    """Return an incident near place `number`, 30 km from all others, within one span of seven days."""
    start = dt.datetime(2026, 3, 3, tzinfo=dt.UTC) + rng.uniform(0, 5) * dt.timedelta(days=1)
    return {
        "act": act, "lon_deg": -33 + number % 10 * 0.5 + rng.uniform(0, 1e-4),
        "lat_deg": 44 + number // 10 * 0.5 + rng.uniform(0, 1e-4),
        "start_utc": start, "end_utc": start + dt.timedelta(minutes=float(rng.integers(1, 50))),
        "error_major_m": float(rng.integers(300, 9_000)), "error_minor_m": 200.0, "deaths_low": int(rng.integers(0, 9)),
        "deaths_high": 99, "rows": [{"source_id": str(rng.choice(["open", "derived"]))}],
    } | told  # fmt: skip


@pytest.fixture(scope="session")
def build(frames):
    """Return a function from incidents by id to the tables of a mission: an id stays with its incident."""

    def make(world):
        told = list(world.values())
        names = {f"incident{n:03}": name for n, name in enumerate(world)}
        made = frames(*told)
        return {
            name: frame.with_columns(pl.col("incident_id").replace(names)) if "incident_id" in frame.columns else frame
            for name, frame in made.items()
        }

    return make


@pytest.fixture(scope="session")
def release(manifests, settlements):
    def make(tables, published=None, audience="public", now=NOW, **told):
        published = published.tables if published else None
        settings = ReleaseSettings(**told)
        return prepare(tables, audience=audience, now=now, manifests=manifests, settings=settings, published=published)

    return make


def a_world(rng):
    """Return for each place up to nine sensitive incidents, and two of another kind."""
    world = {}
    for place in range(PLACES):
        acts = rng.choice(SENSITIVE_KINDS[:2], 1).tolist() * int(rng.integers(0, 10)) + ["explosion"] * 2
        world |= {f"w{place:02}-{n}": incident(rng, place, act) for n, act in enumerate(acts)}
    return world


def changed(world, rng, change):
    """Return the world in which one incident of each place came, went, or is otherwise."""
    world = dict(world)
    for place in range(PLACES):
        mine = [name for name in world if name.startswith(f"w{place:02}-") and world[name]["act"] != "explosion"]
        if change == "came" or not mine:
            world[f"x{place:02}"] = incident(rng, place, world[mine[0]]["act"] if mine else "threat_to_monitors")
            continue
        name = str(rng.choice(mine))
        now = world.pop(name)
        told = {
            "moved": {"lon_deg": now["lon_deg"] + 0.25}, "other_kind": {"act": "explosion"},
            "origin_of_fire": {"aspect": "outgoing"},
            "harm": {"deaths_low": 50, "error_major_m": 9_000.0}, "recent": {"end_utc": NOW},
        }  # fmt: skip
        if change != "went":
            world[name] = now | told[change]
    return world


def sensitive(released):
    return released.tables["incidents"].filter(pl.col("act").is_in(list(kind_of(ReleaseSettings()))))


def classes(rows):
    """Return how many rows there are that nothing but their id tells apart."""
    return rows.group_by(KEYS).len()["len"].to_list()


@pytest.mark.parametrize("batch", range(PAIRS // PLACES))
def test_queries_that_differ_by_one_lead_to_no_fewer_than_k(build, release, batch):
    rng = np.random.default_rng([7, batch])
    change = CHANGES[batch % len(CHANGES)]
    world = a_world(rng)
    before = release(build(world))
    then = changed(world, rng, change)
    after = release(build(then), before)
    one, two = sensitive(before), sensitive(after)
    assert one.height
    assert min(classes(one)) >= K
    assert one.join(two, on=one.columns, how="anti", nulls_equal=True).is_empty()  # what was published stays
    fresh = two.join(one, on="incident_id", how="anti")
    assert min(classes(fresh), default=K) >= K
    at = ["lon_deg", "lat_deg", "act"]
    counted = one.group_by(at).len().join(two.group_by(at).len(), on=at, how="full", suffix="_then").fill_null(0)
    differences = (counted["len_then"] - counted["len"]).to_list()
    assert all(difference == 0 or difference >= K for difference in differences), change
    for name in ("places", "sides"):
        rows = two.select("incident_id").join(after.tables[name], on="incident_id", how="left").drop("incident_id")
        assert all(n == 0 or n >= K for n in rows.group_by(pl.all()).len()["len"])
    ids = two["incident_id"]
    for name in ("findings", "changes"):
        assert not set(after.tables[name]["incident_id"]) & set(ids)
    no_more = release(build(then), after)  # the same again adds nothing and takes nothing away
    assert no_more.tables["incidents"].sort("incident_id").equals(after.tables["incidents"].sort("incident_id"))


@pytest.mark.parametrize(
    "hidden", [{"act": "heavy_weapon"}, {"aspect": "outgoing"}, {"end_utc": NOW}, {"rows": [{"source_id": "patrol"}]}]
)
@pytest.mark.parametrize("audience", ["public", "humanitarian"])
def test_one_hidden_incident_more_changes_nothing_that_is_told(build, release, hidden, audience):
    rng = np.random.default_rng(3)
    world = {f"w{n}": incident(rng, n % 3, "explosion" if n % 2 else "violence_against_civilians") for n in range(40)}
    one = release(build(world), audience=audience)
    two = release(build(world | {"hidden": incident(rng, 1, "explosion") | hidden}), audience=audience)
    for name in set(OUTSIDE) - {"duties"}:  # a duty rests on named rows, each open itself
        assert one.tables[name].equals(two.tables[name]), name
    assert one.withheld == two.withheld


@pytest.mark.parametrize("many", range(3, 13))
def test_a_group_leaves_when_it_has_k(build, release, many):
    rng = np.random.default_rng(many)
    released = release(build({f"w{n}": incident(rng, 1) for n in range(many)} | {"e": incident(rng, 1, "explosion")}))
    assert sensitive(released).height == (many if many >= K else 0)
    assert released.tables["incidents"].height - sensitive(released).height == 1
    assert released.withheld.get("too_few") is None  # fewer than k: no number leaves
    assert set(released.tables["tallies"]["incidents"]) == {1}


def test_members_of_a_group_are_alike_in_all_but_their_id(build, release):
    rng = np.random.default_rng(1)
    rows = sensitive(release(build({f"w{n}": incident(rng, 1) for n in range(9)})))
    assert classes(rows) == [9]
    row = rows.row(0, named=True)
    assert (row["start_utc"], row["end_utc"]) == tuple(dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (2, 9))
    assert row["deaths_low"] is None
    assert row["source_ids"] == ["derived", "open"]


def test_what_comes_later_waits_for_others(build, release):
    rng = np.random.default_rng(2)
    world = {f"w{n}": incident(rng, 1) for n in range(6)}
    released, sizes = release(build(world)), []
    for n in range(6, 17):
        world[f"w{n}"] = incident(rng, 1)
        released = release(build(world), released)
        sizes.append(sensitive(released).height)
    assert sizes == [6, 6, 6, 6, 11, 11, 11, 11, 11, 16, 16]


def test_what_turned_out_to_be_an_origin_of_fire_stays_as_it_was_published(build, release):
    rng = np.random.default_rng(2)
    world = {"e1": incident(rng, 1, "shelling"), "e2": incident(rng, 2, "shelling")}
    before = release(build(world))
    after = release(build(world | {"e1": world["e1"] | {"aspect": "outgoing"}}), before)
    for name in ("incidents", "findings", "places", "sides", "tallies"):
        assert before.tables[name].sort(pl.all()).equals(after.tables[name].sort(pl.all())), name
    gone = release(build({"e2": world["e2"]}), before)  # nobody stands by it any more: it is no secret
    assert gone.tables["incidents"]["incident_id"].to_list() == ["e2"]


@pytest.mark.parametrize("audience", ["coalition", "parties"])
def test_parties_and_coalition_get_what_was_agreed_at_the_same_time(build, release, audience):
    rng = np.random.default_rng(2)
    young = {"end_utc": NOW - dt.timedelta(hours=7), "start_utc": NOW - dt.timedelta(hours=7), "time_error_s": 0.0}
    tables = build({"w": incident(rng, 1) | young})
    assert release(tables, audience=audience).tables["incidents"].is_empty()
    assert release(tables, audience=audience, agreed_delay_hours=8).tables["incidents"].is_empty()
    assert release(tables, audience=audience, agreed_delay_hours=6).tables["incidents"].height == 1
    assert release(tables, agreed_delay_hours=6).tables["incidents"].is_empty()


def test_the_kinds_that_a_mission_adds_are_sensitive_with_their_children():
    kinds = kind_of(ReleaseSettings(further_sensitive_acts=("small_arms_fire",)))
    assert kinds["burst"] == "small_arms_fire"
    assert kinds["denial_of_access"] == "access_restriction"
    assert "shelling" not in kinds
    with pytest.raises(ValueError, match="no such acts"):
        ReleaseSettings(further_sensitive_acts=("nonsense",))


def test_another_masking_has_another_hash(settlements):
    same = masking(ReleaseSettings(), settlements)
    assert same == masking(ReleaseSettings(public_delay_hours=48), settlements.reverse())
    others = [masking(ReleaseSettings(k=6), settlements), masking(ReleaseSettings(), settlements.head(1))]
    assert len({same, masking(ReleaseSettings(), None), *others}) == 4

"""A persistent map is what a copied dictionary would be, whichever version is asked."""

from hypothesis import given
from hypothesis import strategies as st

from trucewatch.verify.versions import Map

STEPS = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abcd"), st.integers(0, 9)), max_size=40)


@given(steps=STEPS)
def test_every_version_stays_what_it_was(steps):
    """A step makes another of one of the versions so far: it sets a key."""
    versions = [(Map(), {})]
    for which, key, value in steps:
        made, copy = versions[which % len(versions)]
        versions.append((made.put(key, value), copy | {key: value}))
    for made, copy in [*versions, *reversed(versions)]:
        assert {key: made[key] for key in made} == copy
        assert {key: made.get(key) for key in "abcd"} == {key: copy.get(key) for key in "abcd"}
        assert len(made) == len(copy)
        assert set(made) == set(copy)
        assert sorted(made.values()) == sorted(copy.values())
        assert all((key in made) is (key in copy) for key in "abcd")

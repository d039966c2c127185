"""Generations take each other's place whole, one after the other, whoever publishes at once."""

from dataclasses import replace

import pytest

from trucewatch.errors import StoreError
from trucewatch.mission.generation import Generation, generation_of, publish
from trucewatch.store import open_store


def test_what_is_published_at_once_is_all_there(tmp_path, address):
    seen = []
    with (
        open_store(tmp_path / "store", database=address) as one,
        open_store(tmp_path / "store", database=address) as other,
    ):

        def slow(old: Generation) -> Generation:
            seen.append(dict(old.reports))
            if len(seen) == 1:  # another command publishes while this one computes
                publish(other, lambda old: replace(old, reports={**old.reports, "b": "2"}))
            return replace(old, reports={**old.reports, "a": "1"})

        name, made = publish(one, slow)
        assert seen == [{}, {"b": "2"}]
        assert made.reports == {"a": "1", "b": "2"}
        assert generation_of(other, other.index.generation()) == made
        assert [known for known, _ in one.index.generations()][-1] == name
        assert len(one.index.generations()) == 2
        assert publish(one, lambda old: old) == (name, made), "what changes nothing publishes nothing"
        assert len(one.index.generations()) == 2


def test_a_pointer_to_what_is_not_there_is_told(tmp_path):
    with open_store(tmp_path / "store") as store:
        assert store.index.publish("0" * 64, instead_of="")
        with pytest.raises(StoreError, match="cannot be read"):
            publish(store, lambda old: old)

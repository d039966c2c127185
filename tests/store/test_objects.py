"""Objects are named by their content and never change; a generation is swapped for another, or not."""

import polars as pl
import pytest

from trucewatch.errors import StoreError
from trucewatch.store import Objects, Redacted, open_store


@pytest.fixture
def store(tmp_path, address):
    with open_store(tmp_path / "store", database=address) as opened:
        yield opened


def test_equal_tables_are_one_object(store):
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
    halves = pl.concat([frame[:1], frame[1:]], rechunk=False)
    names = store.objects.put({"one": frame, "two": halves})
    assert names["one"] == names["two"]
    assert store.objects.get(names["one"]).equals(frame)
    assert store.objects.get(names["one"], columns=["b"]).columns == ["b"]
    assert len(list(store.objects.folder.iterdir())) == 1


def test_a_changed_object_is_told(store):
    name = store.objects.put({"one": pl.DataFrame({"a": [1]})})["one"]
    assert store.objects.has([name])
    store.objects.path(name).write_bytes(b"PAR1")
    with pytest.raises(StoreError, match="not those of its name"):
        store.objects.get(name)
    careful = Objects(store.objects.folder, is_careful=True)
    assert careful.put({"one": pl.DataFrame({"a": [1]})}) == {"one": name}
    assert store.objects.get(name).height == 1
    store.objects.path(name).unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        store.objects.get(name)
    assert not store.objects.has([name])


def test_a_redacted_table_says_so(store):
    name = store.objects.put({"one": pl.DataFrame({"a": [1]})})["one"]
    store.objects.redact(name)
    store.objects.redact(name)
    assert not store.objects.has([name])
    with pytest.raises(Redacted):
        store.objects.get(name)


def test_a_generation_is_published_over_the_one_it_was_made_from(store):
    first, second, third = (store.objects.put_manifest({"number": number}) for number in range(3))
    assert store.objects.get_manifest(second) == {"number": 1}
    assert store.index.generation() == ""
    assert store.index.publish(first, instead_of="")
    assert store.index.publish(second, instead_of=first)
    assert not store.index.publish(third, instead_of=first), "another was published in between"
    assert store.index.generation() == second
    assert store.index.publish(second, instead_of=first), "it stands: done a second time it is the same"
    assert store.index.generations() == [(first, 0), (second, 0)]


def test_what_was_computed_first_stays(store):
    assert store.index.computed("k") is None
    store.index.keep_computed({"k": {"a": "1"}})
    store.index.keep_computed({"k": {"a": "2"}})
    assert store.index.computed("k") == {"a": "1"}
    store.index.forget_computed()
    assert store.index.computed("k") is None

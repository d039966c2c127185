"""What was taken in once is not read again."""

import polars as pl

from trucewatch.store import Shelf


def test_a_delivery_is_on_the_shelf_whole_or_not_at_all(tmp_path):
    shelf = Shelf(tmp_path)
    frame = pl.DataFrame({"observation_id": ["a"], "incident_id": ["i"]})
    assert not shelf.has("firms-1", "r1")
    shelf.put("firms-1", "r1", {"members": frame})
    assert shelf.has("firms-1", "r1")
    assert not shelf.has("firms-1", "r2")
    assert shelf.get("firms-1", "r1", "members").equals(frame)


def test_original_bytes_are_kept_once(tmp_path):
    shelf = Shelf(tmp_path)
    shelf.keep("ab", b"bytes")
    shelf.keep("ab", b"bytes")
    assert [p.name for p in (tmp_path / "locker").iterdir()] == ["ab"]

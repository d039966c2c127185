"""A reference never leaves the folders it may look in."""

import pytest

from trucewatch.errors import MissingError, UsageError
from trucewatch.store import beside


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "c:\\x", "a\\b", "", "a\0b"])
def test_a_reference_that_would_leave_is_refused(tmp_path, name):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "in").mkdir()
    with pytest.raises(UsageError, match="stay beside"):
        beside(tmp_path / "in")(name)


def test_a_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="leads out"):
        beside(tmp_path / "in")("link")


def test_folders_are_looked_in_in_turn(tmp_path):
    for folder, text in (("near", "near"), ("far", "far")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.toml").write_text(text)
    (tmp_path / "far" / "b.toml").write_text("only far")
    get = beside(tmp_path / "near", tmp_path / "far")
    assert get("a.toml") == b"near"
    assert get("b.toml") == b"only far"
    with pytest.raises(MissingError, match=r"c\.toml"):
        get("c.toml")

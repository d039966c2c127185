"""A manifest says all about a source, and every error in it at once."""

import pytest

from trucewatch.errors import DocumentError
from trucewatch.manifest import parse_manifest

GOOD = b"""
source_id = "posts"
title = "Posts"
publisher = "The mission"
formats = ["csv"]
delivery = "increment"

[licence]
name = "internal"
attribution = "the mission"
republish = "derived"

[accuracy]
position_error_m = 500
time_error_s = 60

[sees]
acts = ["explosion"]
"""


def test_a_manifest_is_parsed():
    manifest = parse_manifest(GOOD, name="source.toml")
    assert manifest.source_id == "posts"
    assert manifest.audience == "internal"


def test_every_error_at_once_with_its_line():
    bad = GOOD.replace(b'formats = ["csv"]', b'formats = ["pdf"]\nsurplus = 1').replace(b"= 500", b"= -500")
    with pytest.raises(DocumentError) as caught:
        parse_manifest(bad, name="source.toml")
    where = [problem.where for problem in caught.value.problems]
    expected = {"source.toml:15: accuracy.position_error_m", "source.toml:5: formats[0]", "source.toml:6: surplus"}
    assert set(where) == expected


def test_an_unknown_act_is_named():
    with pytest.raises(DocumentError, match="'dragon'"):
        parse_manifest(GOOD.replace(b'"explosion"', b'"dragon"'), name="source.toml")


@pytest.mark.parametrize(
    ("data", "line"), [(b"a = 1\nb = \n", ":2"), (b"a = 1\nb = '\xff'\n", ":2"), (b"a = 1\0", ":1")]
)
def test_what_is_no_toml_has_its_line(data, line):
    with pytest.raises(DocumentError, match=f"source.toml{line}"):
        parse_manifest(data, name="source.toml")

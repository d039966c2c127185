"""The sources that can be read."""

import pytest

from trucewatch import observe, when
from trucewatch.errors import MissingError


def test_the_sources_of_the_house():
    assert set(observe.names()) >= {
        "access", "acled", "air_alerts", "claims", "firms", "patrol", "statements", "table", "ucdp_ged", "viina",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in observe.names() if name != "table"])
def test_a_source_is_named_as_its_manifest_says(name):
    assert observe.source(name).manifest.source_id == name


def test_no_such_source_lists_what_there_is():
    with pytest.raises(MissingError, match=r"take one of .*firms.*ucdp_ged"):
        observe.source("../firms")


def test_a_table_has_the_manifest_of_its_mapping(sample):
    assert sample("table").given().manifest.source_id == "diary"


def test_a_file_that_the_mission_does_not_name_is_missing():
    source = observe.source("patrol")
    given = source.given(when.zone("Europe/Kyiv"), options={"posts": "posts.csv"})
    with pytest.raises(MissingError, match=r"posts\.csv"):
        given.beside("posts.csv")

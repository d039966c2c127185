"""The list of what leaves names only what there is, and nothing that may not leave."""

import pytest

from trucewatch import tables
from trucewatch.acts import FUSED_CODES
from trucewatch.release import AUDIENCES, OUTSIDE
from trucewatch.release.policy import KNOWN, SENSITIVE_ACTS
from trucewatch.tables import columns


def test_the_audiences_are_those_of_the_tables_the_narrowest_first():
    assert set(AUDIENCES) == set(columns.AUDIENCES)
    assert (AUDIENCES[0], AUDIENCES[-1]) == ("internal", "public")


@pytest.mark.parametrize("table", OUTSIDE)
def test_what_leaves_is_there(table):
    assert set(OUTSIDE[table]) <= set(tables.dtypes(table))
    assert len(set(OUTSIDE[table])) == len(OUTSIDE[table])


@pytest.mark.parametrize("table", ["observations", "sightings", "pairs", "members", "source_model", "set_aside"])
def test_tables_of_rows_observers_and_sources_never_leave(table):
    assert table in KNOWN
    assert table not in OUTSIDE


INSIDE = {
    "weapon", "object", "reported_party", "text", "native_id", "name", "delivery_id", "sha256", "received_utc", "value",
    "act_posterior", "actor_basis", "observer", "observer_lon_deg", "observer_lat_deg",
}  # fmt: skip


@pytest.mark.parametrize(
    "table", sorted(set(OUTSIDE) - {"remarks", "replies"})
)  # words that their author gave to be read
def test_no_column_of_words_weapons_parties_or_files_leaves(table):
    assert not INSIDE & set(OUTSIDE[table])


def test_sensitive_acts_are_acts():
    assert set(SENSITIVE_ACTS) <= set(FUSED_CODES)

"""The fictional agreement of the demo is good, and its readings differ."""

import pathlib

import pytest

from trucewatch.agreement import parse_agreement, problems_of
from trucewatch.store import beside

FOLDER = pathlib.Path(__file__).parents[2] / "agreements" / "demo-line"


def test_the_agreement_of_the_demo() -> None:
    data = (FOLDER / "agreement.toml").read_bytes()
    assert problems_of(data, name="agreement.toml", beside=beside(FOLDER)) == ()
    agreement = parse_agreement(data, name="agreement.toml", beside=beside(FOLDER))
    assert agreement.reading_ids == ("text", "calder", "merrow")
    area = {
        reading: agreement.zone_geometry(
            next(c for c in agreement.clauses_under(reading) if c.clause_id == "howitzers").zone or ""
        ).area
        for reading in agreement.reading_ids
    }
    assert area["merrow"] == pytest.approx(area["text"] / 2, rel=0.03)
    assert area["calder"] != pytest.approx(area["text"], rel=1e-4)

"""What is asked for: an area and days, cut as the manifest says, in addresses that hold no surprise."""

import datetime as dt

import pytest

from trucewatch import observe
from trucewatch.errors import UsageError
from trucewatch.fetch import parse_area, plan
from trucewatch.manifest import Fetch

DAY = dt.date(2026, 4, 1)
AREA = (22.0, 44.0, 40.3, 52.5)


def asked(source, first=DAY, last=DAY, area=AREA, **options):
    offer = observe.source(source).manifest.fetch
    return plan(offer, area=area, first=first, last=last, options=options)


def test_fires_are_asked_for_by_five_days_and_satellite():
    requests = asked("firms", last=DAY + dt.timedelta(days=11))
    assert len(requests) == 9
    assert requests[2].name == "firms_VIIRS_SNPP_NRT_2026-04-11_2026-04-12_22_44_40.3_52.5.csv"
    assert requests[2].address == (
        "https://firms.modaps.eosdis.nasa.gov/api/area/csv/{key}/VIIRS_SNPP_NRT/22,44,40.3,52.5/2/2026-04-11"
    )
    spans = [(request.address.split("/")[-1], request.address.split("/")[-2]) for request in requests[:3]]
    assert spans == [("2026-04-01", "5"), ("2026-04-06", "5"), ("2026-04-11", "2")]


def test_one_product_in_place_of_those_of_the_manifest():
    (request,) = asked("firms", product="VIIRS_SNPP_SP")
    assert "VIIRS_SNPP_SP" in request.address
    assert "VIIRS_SNPP_SP" in request.name


def test_events_are_asked_for_in_one_span_latitude_first():
    (request,) = asked("ucdp_ged", first=dt.date(2014, 1, 1), last=dt.date(2026, 3, 31))
    assert request.address.startswith("https://ucdpapi.pcr.uu.se/api/gedevents/26.1?")
    assert request.address.endswith("&StartDate=2014-01-01&EndDate=2026-03-31&Geography=44%2022,52.5%2040.3")


def test_every_name_is_one_of_its_own():
    requests = asked("firms", last=DAY + dt.timedelta(days=60))
    assert len({request.name for request in requests}) == len(requests) == 39


def test_years_are_asked_for_one_by_one():
    offer = Fetch(
        hosts=("a.example",), address="https://a.example/{year}.csv", name="a_{year}.csv", columns=("a",), cut="years"
    )
    requests = plan(offer, area=None, first=dt.date(2024, 12, 31), last=dt.date(2026, 1, 1), options={})
    assert [request.name for request in requests] == ["a_2024.csv", "a_2025.csv", "a_2026.csv"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"area": None}, "asked for by area"),
        ({"first": None}, "asked for by days"),
        ({"last": DAY - dt.timedelta(days=1)}, "last day comes before the first"),
        ({"last": DAY + dt.timedelta(days=5000)}, "3,003 requests"),
        ({"nothing": "x"}, "no such option"),
        ({"product": "../../etc"}, "letters, digits"),
        ({"product": "a b"}, "letters, digits"),
        ({"product": ""}, "letters, digits"),
        ({"product": ".."}, "letters, digits"),
        ({"product": "Ж"}, "letters, digits"),
    ],
)
def test_a_call_that_cannot_be_asked(changed, told):
    with pytest.raises(UsageError, match=told):
        asked("firms", **changed)


@pytest.mark.parametrize(
    "text",
    [
        "", "22", "22,44,40", "22,44,40,52,1", "a,b,c,d", "40,44,22,52", "22,52,40,44", "22,44,400,52", "22,44,40,91",
        "nan,44,40,52", "22,44,inf,52", "170,10,-170,20",
    ],
)  # fmt: skip
def test_what_is_no_area(text):
    with pytest.raises(UsageError, match="area"):
        parse_area(text)


def test_small_degrees_are_written_plainly():
    (request,) = asked("ucdp_ged", area=parse_area("-0.00001,-1e-5,0.5,1"))
    assert "Geography=-0.00001%20-0.00001,1%200.5" in request.address

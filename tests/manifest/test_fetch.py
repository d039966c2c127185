"""Section [fetch]: only named hosts, https, a key where it belongs, one file a request."""

import pytest
from pydantic import ValidationError

from trucewatch import observe
from trucewatch.manifest import Fetch
from trucewatch.manifest.fetch import names

GOOD = {
    "hosts": ["a.example"],
    "address": "https://a.example/{key}/{product}/{west},{south},{east},{north}/{days}/{from}",
    "name": "a_{product}_{from}_{to}_{area}.csv",
    "columns": ["id"],
    "cut": "days",
    "days_per_request": 5,
    "key_env": "A_KEY",
    "values": {"product": ["one", "two"]},
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"address": "http://a.example/{key}/{product}"}, "must begin with https"),
        ({"address": "https://b.example/{key}/{product}"}, "not one of hosts"),
        ({"address": "https://{product}.a.example/{key}"}, "must begin with https:// and a host"),
        ({"address": "https://me:{key}@a.example/{product}"}, "must begin with https:// and a host"),
        ({"address": "https://a.example/{key.__class__}"}, "only plain names"),
        ({"address": "https://a.example/{key!r}"}, "only plain names"),
        ({"address": "https://a.example/{0}"}, "only plain names"),
        ({"address": "https://a.example/{"}, "encountered in format string"),
        ({"address": "https://a.example/{key}/{area}"}, "nothing stands for these names in braces: ['area']"),
        ({"address": "https://a.example/{key}/{colour}"}, "['colour']"),
        ({"name": "{key}.csv"}, "['key']"),
        ({"name": "a_{product}_{from}_{area}.csv"}, "lacks ['days']"),
        ({"name": "a_{from}_{to}_{area}.csv"}, "lacks ['product']"),
        ({"name": "a_{product}_{from}_{to}.csv"}, "lacks {area}"),
        ({"name": "../a_{product}_{from}_{to}_{area}.csv"}, "without a folder"),
        ({"name": ".a_{product}_{from}_{to}_{area}.csv"}, "without a folder"),
        ({"name": "a_{product}_{from}_{to}_{area}.zip"}, "one CSV file"),
        ({"key_env": None}, "key_env says which key"),
        ({"key_header": "x-token"}, "key_env says which key"),
        ({"cut": "whole"}, "belong together"),
        ({"body": "json"}, "belong together"),
        ({"hosts": []}, "hosts"),
        ({"hosts": ["https://a.example"]}, "hosts"),
        ({"values": {"product": ["../x"]}}, "values"),
        ({"values": {"product": ["one"], "year": ["2024"]}}, "a meaning of their own: ['year']"),
        ({"columns": []}, "columns"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_section_that_is_wrong_is_told(changed, told):
    with pytest.raises(ValidationError) as caught:
        Fetch.model_validate(GOOD | changed)
    assert told in str(caught.value)


def test_a_good_one_is_good():
    assert Fetch.model_validate(GOOD).seconds_between_requests > 0


def test_a_loopback_host_may_be_asked_without_https():
    local = GOOD | {"hosts": ["127.0.0.1"], "address": "http://127.0.0.1:80/{key}/{product}/{days}/{from}"}
    assert Fetch.model_validate(local | {"name": "a_{product}_{from}_{to}.csv"})


@pytest.mark.parametrize("source", [name for name in observe.names() if observe.source(name).manifest.fetch])
def test_the_sources_of_the_house_that_have_one_are_polite_and_say_where_a_key_is_had(source):
    offer = observe.source(source).manifest.fetch
    assert offer.seconds_between_requests >= 1
    assert bool(offer.key_env) == bool(offer.key_from)
    assert names(offer.name) <= names(offer.address) | {"area", "to"}

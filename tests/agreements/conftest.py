"""The real agreements, read once."""

import functools
import pathlib
from collections.abc import Callable

import pytest

from trucewatch.agreement import Agreement, parse_agreement
from trucewatch.store import beside, read_bytes

AGREEMENTS = pathlib.Path(__file__).parents[2] / "agreements"


@pytest.fixture(scope="session")
def real() -> Callable[[str], Agreement]:
    """Return a function from the name of an agreement of the project to it."""

    @functools.cache
    def parsed(name: str) -> Agreement:
        folder = AGREEMENTS / name
        return parse_agreement(read_bytes(folder / "agreement.toml"), name=name, beside=beside(folder))

    return parsed

"""A mission with its people."""

import pytest

from verify.book import Book, founded


@pytest.fixture
def book() -> Book:
    return founded()

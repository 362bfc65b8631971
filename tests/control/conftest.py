"""What the tests of the live page share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.control.browsing import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file."""
    with chromium() as running:
        yield running

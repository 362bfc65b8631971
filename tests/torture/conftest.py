"""A stack as it is without a scenario."""

import pytest

from responder.stack import Stack
from tests.torture.replay import new_stack


@pytest.fixture
def stack() -> Stack:
    return new_stack()

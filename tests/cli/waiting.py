"""Waiting for something that another process brings about."""

import asyncio
from collections.abc import Callable

from tests.cli.phone import PATIENCE


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)

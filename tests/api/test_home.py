"""Where a responder lives, and what is asked of it there."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from responder.api.home import Home, Thread


def test_nowhere_all_is_done_at_once() -> None:
    home = Home()
    assert (home.lives, home.here) == (False, False)
    assert home.ask(threading.get_ident) == threading.get_ident()
    home.soon(lambda: pytest.fail("nobody calls it"))


async def test_on_its_own_loop_all_is_done_at_once() -> None:
    home = Home()
    home.settle()
    assert (home.lives, home.here) == (True, True)
    assert home.ask(lambda: 5) == 5
    done = asyncio.Event()
    home.soon(done.set)
    assert not done.is_set()
    await done.wait()
    home.leave()
    assert not home.lives


async def test_from_another_thread_it_is_done_on_the_loop() -> None:
    home = Home()
    home.settle()
    with ThreadPoolExecutor(1) as threads:
        loop = asyncio.get_running_loop()
        ran = await loop.run_in_executor(threads, home.ask, threading.get_ident)
        assert ran == threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(threads, home.ask, lambda: 1 // 0)
    home.leave()


def test_a_loop_that_was_closed_since_is_no_trouble() -> None:
    home = Home()

    async def settle() -> None:
        home.settle()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, settle()).result()
    assert home.ask(lambda: 5) == 5


def test_a_thread_begins_and_ends() -> None:
    did: list[str] = []

    async def begin() -> None:
        did.append(threading.current_thread().name)

    async def end() -> None:
        did.append("end")

    thread = Thread(begin, end)
    thread.start()
    assert did == ["sip-responder"]
    thread.stop()
    assert did == ["sip-responder", "end"]
    assert "sip-responder" not in [each.name for each in threading.enumerate()]


def test_a_beginning_that_fails_is_told_where_it_was_asked_for() -> None:
    async def begin() -> None:
        raise OSError(98, "in use")

    async def end() -> None:
        pytest.fail("nothing began")

    with pytest.raises(OSError, match="in use"):
        Thread(begin, end).start()

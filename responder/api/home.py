"""The event loop that a responder lives on: the program's own, or one in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Home:
    """Hands what a program asks to the loop that the responder lives on.

    Before `settle` and after `leave` nothing changes by itself: what is asked is done at once.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._resident = 0

    @property
    def here(self) -> bool:
        """Whether the calling thread is the one whose loop it is."""
        return threading.get_ident() == self._resident

    @property
    def lives(self) -> bool:
        """Whether it lives on a loop now."""
        return self._loop is not None

    def soon(self, action: Callable[[], None]) -> None:
        """Have the loop call ``action`` once it has done what it is doing; to be called on it."""
        if self._loop is not None:
            self._loop.call_soon(action)

    def settle(self) -> None:
        """Live on the loop that runs in this thread."""
        self._loop = asyncio.get_running_loop()
        self._resident = threading.get_ident()

    def leave(self) -> None:
        """Live nowhere any more; to be called on that loop."""
        self._loop = None
        self._resident = 0

    def ask(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns, or raise what it raises; it is called on the loop."""
        loop = self._loop
        if loop is None or self.here:
            return action()
        answer: Future[T] = Future()

        def act() -> None:
            try:
                answer.set_result(action())
            except BaseException as fault:
                answer.set_exception(fault)

        try:
            loop.call_soon_threadsafe(act)
        except RuntimeError:
            # It was closed since.
            return action()
        return answer.result()


class Thread:
    """A thread with a loop of its own, which runs one coroutine from its start to its end.

    Args:
        begin: is awaited first; `start` returns, or raises, once it is over.
        end: is awaited last, once `stop` is called.
    """

    def __init__(
        self,
        begin: Callable[[], Coroutine[Any, Any, None]],
        end: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._begin = begin
        self._end = end
        self._begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="sip-responder", daemon=True)

    def start(self) -> None:
        """Start the thread; return once ``begin`` is over."""
        self._thread.start()
        try:
            self._begun.result()
        except BaseException:
            self._thread.join()
            raise

    def stop(self) -> None:
        """Have the thread end; return once ``end`` is over."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.run(self._live())

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        try:
            await self._begin()
        except BaseException as failure:
            self._begun.set_exception(failure)
            return
        self._begun.set_result(None)
        await self._over.wait()
        await self._end()

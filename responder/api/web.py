"""HTTP beside a responder inside a Python program."""

from collections.abc import Callable
from dataclasses import replace

from responder.agent.plan import Plan
from responder.agent.user_agent import UserAgent
from responder.control.door import Door
from responder.control.running import Running
from responder.control.settings import BadHttp, Http, guarded, read_address
from responder.net.bind import bind_tcp
from responder.net.errors import BadAddress, BindFailed
from responder.net.listen import write_address


class Web:
    """What one responder serves over HTTP.

    Args:
        address: where to serve it, such as ``127.0.0.1:0``; None for nowhere.

    Raises:
        BadAddress: the address cannot be read.
    """

    def __init__(self, address: str | None) -> None:
        self._http: Http | None = None
        self._door: Door | None = None
        if address is None:
            return
        try:
            host, port = read_address(address)
        except BadHttp as bad:
            raise BadAddress(str(bad)) from None
        self._http = Http(host, port, guarded(host, None))

    @property
    def url(self) -> str:
        """Where it is, such as ``http://127.0.0.1:40002``.

        Raises:
            LookupError: nothing is served.
        """
        if self._door is None:
            raise LookupError("no HTTP is served: give http, and start")
        return f"http://{self._door.running.address}"

    @property
    def token(self) -> str | None:
        """The bearer token that each request has to show; None where only this machine can come."""
        return None if self._http is None else self._http.token

    def open(self, agent: UserAgent, plan: Plan, on_fault: Callable[[Exception], None]) -> None:
        """Bind the address, if there is one, and wait for visitors on the event loop that runs.

        Raises:
            BindFailed: it cannot be had.
        """
        http = self._http
        if http is None:
            return
        try:
            sock = bind_tcp(http.host, http.port)
        except OSError as refusal:
            asked = write_address(http.host, http.port)
            raise BindFailed(f"http:{asked}", refusal, "http") from None
        http = replace(http, port=sock.getsockname()[1])
        bound = write_address(http.host, http.port)
        self._door = Door(Running(agent, plan, http, bound, on_fault), sock)
        self._door.start()

    async def close(self) -> None:
        """Let nobody in any more."""
        if self._door is not None:
            await self._door.stop()

"""HTTP beside an answering process: its options, its socket, and what is said of it."""

import functools
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from responder.agent.places import places_to_dial
from responder.agent.plan import Plan
from responder.agent.user_agent import UserAgent
from responder.cli.log import Log
from responder.cli.options import WebOption
from responder.control.door import Door
from responder.control.running import Running
from responder.control.settings import OFF, BadHttp, Http, guarded, read_address
from responder.net.bind import bind_tcp
from responder.net.errors import BindFailed
from responder.net.listen import write_address

if TYPE_CHECKING:
    from responder.agent.reloading import Reloading

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What the command line says of HTTP.

    Attributes:
        http: what is served; None for nothing.
        asked: whether the address was asked for; else it may be taken.
    """

    http: Http | None
    asked: bool


class HttpType(click.ParamType[tuple[str, int] | None]):
    """``ADDRESS:PORT``, or ``off``, as `read_address` reads it."""

    name = "address"

    def convert(
        self,
        value: str | tuple[str, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, int] | None:
        """Return host and port; None for ``off``."""
        if isinstance(value, tuple):
            return value
        if value.strip().lower() == OFF:
            return None
        try:
            return read_address(value)
        except BadHttp as mistake:
            self.fail(str(mistake), param, ctx)


class TokenType(click.ParamType[str]):
    """A token as it is, or ``@FILE`` for the text of a file, such as a secret of a container."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the token; one in a file without the white space around it."""
        if not value.startswith("@"):
            return value
        try:
            token = Path(value[1:]).read_text(encoding="utf-8").strip()
        except OSError as refusal:
            self.fail(f"{value[1:]}: {(refusal.strerror or str(refusal)).lower()}", param, ctx)
        except UnicodeDecodeError:
            self.fail(f"{value[1:]} is no text in UTF-8", param, ctx)
        if not token:
            self.fail(f"{value[1:]} is empty", param, ctx)
        return token


def web_options_with(default: str) -> Callable[[F], F]:
    """Return what adds the options of HTTP to a command.

    It gets them as one `WebOptions`, named ``web``.

    Args:
        default: where HTTP is served if nothing else is asked for.
    """
    return lambda function: _with_options(function, default)


def _with_options(function: F, default: str) -> F:

    @functools.wraps(function)
    def wrapped(
        *args: object,
        http: tuple[str, int] | None,
        http_token: str | None,
        http_name: tuple[str, ...],
        label: str | None,
        **kwargs: object,
    ) -> object:
        source = click.get_current_context().get_parameter_source("http")
        asked = source is not click.core.ParameterSource.DEFAULT
        made = None
        if http is not None:
            host, port = http
            made = Http(host, port, http_token or None, http_name, label or None)
        return function(*args, web=WebOptions(made, asked), **kwargs)

    for option in (
        click.option(
            "--label", cls=WebOption, metavar="TEXT", help="What the page calls this responder."
        ),
        click.option(
            "--http-name",
            cls=WebOption,
            multiple=True,
            metavar="NAME",
            help="A name that a browser may know it by, beside its addresses and localhost;"
            " repeatable.",
        ),
        click.option(
            "--http-token",
            cls=WebOption,
            type=TokenType(),
            metavar="TEXT|@FILE",
            help="Have each request over HTTP show this token, or that of a file.  [default: none"
            " on this machine; one that is made and printed where others can come]",
        ),
        click.option(
            "--http",
            cls=WebOption,
            type=HttpType(),
            metavar="ADDRESS:PORT|off",
            default=default,
            show_default=True,
            help="Serve the page, the HTTP API and metrics here. Port 0 picks a free one.",
        ),
    ):
        wrapped = option(wrapped)
    return cast("F", wrapped)


web_options = web_options_with("127.0.0.1:8060")
"""Those of a process that browsers have to find again."""


class Web:
    """HTTP beside an answering process.

    Args:
        http: what is served.
        asked: whether the address was asked for; else the process goes on without it.

    Attributes:
        address: what was bound, as ``host:port``; empty for nothing.
        pages: where browsers find the page, as URLs.
    """

    def __init__(self, http: Http, asked: bool = True) -> None:
        token = guarded(http.host, http.token)
        self._shown = token if token != http.token else None
        self._http = replace(http, token=token)
        self._asked = asked
        self._door: Door | None = None
        self.address = ""
        self.pages: Sequence[str] = ()

    @classmethod
    def of(cls, options: WebOptions) -> "Web | None":
        """Return what options ask for."""
        return None if options.http is None else cls(options.http, options.asked)

    def open(
        self,
        agent: UserAgent,
        plan: Plan,
        log: Log,
        files: "Reloading | None" = None,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        """Bind the address, and wait for visitors.

        Args:
            agent: what answers SIP.
            plan: what it was told to do.
            log: what is told of mistakes.
            files: its scenario files; None where it has none.
            opened: called once all that serves visitors is imported.

        Raises:
            BindFailed: an address that was asked for cannot be had.
        """
        sock = self._bind(log)
        if sock is None:
            return
        bound = write_address(self._http.host, sock.getsockname()[1])
        self.address = bound
        fragment = f"#token={self._shown}" if self._shown else ""
        self.pages = [f"http://{place}/{fragment}" for place in places_to_dial([f"http:{bound}"])]
        running = Running(agent, plan, self._http, bound, log.fault, files)
        self._door = Door(running, sock, opened)
        self._door.start()

    async def close(self) -> None:
        """Let nobody in any more."""
        if self._door is not None:
            await self._door.stop()

    def _bind(self, log: Log) -> socket.socket | None:
        http = self._http
        try:
            return bind_tcp(http.host, http.port)
        except OSError as refusal:
            address = write_address(http.host, http.port)
            failure = BindFailed(f"http:{address}", refusal, "--http")
            if self._asked:
                raise failure from None
            log.warning(f"there is no page: {failure}")
            return None

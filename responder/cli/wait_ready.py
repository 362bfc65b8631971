"""`responder wait-ready`: succeed once a responder answers, as a container's health check."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import click

from responder.cli.keep_alive import keep_alive
from responder.cli.place import Unplaced, explain, place
from responder.probe.attempt import Attempt
from responder.sip.errors import Malformed
from responder.sip.headers.uri import Uri, parse_uri

NOT_READY = 4

_PAUSE = 0.1
"""Seconds between looks at a file or at a port that nobody listens on."""

_PATIENCE = 2.0
"""Seconds that one question waits for its answer."""

_WILDCARDS = {b"0.0.0.0": b"127.0.0.1", b"::": b"::1"}


class Place:
    """Where a responder is to be found.

    Attributes:
        transport: ``udp`` or ``tcp``.
        uri: its URI.
    """

    def __init__(self, text: str) -> None:
        """Take an address as ``--listen`` has it; a wildcard means this machine.

        Raises:
            ValueError: it cannot be read.
        """
        word, colon, rest = text.strip().partition(":")
        self.transport = word.lower()
        if not colon or self.transport not in {"udp", "tcp"}:
            self.transport, rest = "udp", text.strip()
        try:
            uri = parse_uri(b"sip:" + rest.encode())
        except Malformed as fault:
            raise ValueError(str(fault)) from None
        if uri.user is not None or uri.params or uri.headers:
            raise ValueError("more than an address")
        self.uri = Uri(b"sip", _WILDCARDS.get(uri.host, uri.host), None, None, uri.port)
        self.text = f"{self.transport}:{self.uri.host_port.decode()}"


Ask: TypeAlias = Callable[[Place, float], Awaitable[None]]
"""Asks whether somebody is there, for so many seconds, and raises `Unplaced` if nobody answers."""


def _as_place(ctx: click.Context, param: click.Parameter, value: str) -> Place:
    del ctx, param
    try:
        return Place(value)
    except ValueError:
        raise click.BadParameter(
            f'"{value}" is no address; write one such as udp:127.0.0.1:5060.'
        ) from None


@click.command("wait-ready", short_help="Exit 0 once a responder answers (container health check).")
@click.option(
    "--address",
    default="udp:127.0.0.1:5060",
    callback=_as_place,
    show_default=True,
    metavar="TRANSPORT:HOST:PORT",
    help="Where it listens.",
)
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that the responder's --port-file writes; its first SIP address is asked.",
)
@click.option(
    "--keep-alive",
    is_flag=True,
    help="Send a keep-alive of RFC 5626 in place of OPTIONS: it is no request, so that it is in no"
    " record and uses up no rule.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait.",
)
@click.pass_context
def wait_ready(
    ctx: click.Context, address: Place, port_file: Path | None, keep_alive: bool, timeout: float
) -> None:
    """Send OPTIONS until a responder answers, whatever its answer.

    Exit status: 0 it answers; 2 the command line is wrong; 4 it did not answer in time.
    """
    find = (lambda: address) if port_file is None else (lambda: _from_file(port_file))
    ask = _keep_alive if keep_alive else _options
    obstacle = asyncio.run(_wait(find, ask, timeout))
    if obstacle:
        click.echo(f"No responder answered within {timeout:g} s: {obstacle}.", err=True)
        ctx.exit(NOT_READY)


async def _wait(find: Callable[[], Place], ask: Ask, patience: float) -> str:
    """Return nothing once there was an answer, else what kept it away at the last try."""
    end = time.monotonic() + patience
    obstacle = ""
    while (left := end - time.monotonic()) > 0:
        try:
            await ask(find(), min(left, _PATIENCE))
        except Unplaced as fault:
            obstacle = str(fault)
        else:
            return ""
        await asyncio.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
    return obstacle


async def _options(where: Place, within: float) -> None:
    result = await place(
        Attempt(where.uri, b"OPTIONS", where.transport, pinned=True, timeout=within)
    )
    if not result.status:
        raise Unplaced(explain(result))


async def _keep_alive(where: Place, within: float) -> None:
    host = where.uri.host.decode().strip("[]")
    await keep_alive(host, where.uri.port or 0, where.transport, within)


def _from_file(file: Path) -> Place:
    """Return the first SIP address of a port file.

    Raises:
        Unplaced: it is not there yet, or not whole yet.
    """
    try:
        return Place(json.loads(file.read_text(encoding="utf-8"))["sip"][0])
    except OSError as refusal:
        raise Unplaced(f"{file}: {(refusal.strerror or str(refusal)).lower()}") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Unplaced(f"{file} names no SIP address") from None

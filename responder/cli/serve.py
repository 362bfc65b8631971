"""`responder serve`: answer until stopped."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from responder.agent.plan import Plan, by_scenarios
from responder.cli.console import Console
from responder.cli.log import Log
from responder.cli.options import (
    AdvertiseType,
    AmountType,
    DurationType,
    GroupedCommand,
    LimitOption,
    ListenType,
    NetworkType,
    PortsType,
    RealmType,
    RecordOption,
    UsersType,
)
from responder.cli.output import Output
from responder.cli.serving import Answering
from responder.cli.web import Web, WebOptions, web_options
from responder.net.errors import BindFailed
from responder.net.listen import DEFAULT_LISTENS, Listen
from responder.net.rtp import PortRange
from responder.sip.settings import Authentication, Limits
from responder.sip.users import EVERYONE, Users

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled

CANNOT_BIND: Final = 3
"""Exit status when an address could not be bound."""

WIDEST: Final = 100

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULTS: Final = Limits()
_LIMITS: Final = (
    ("message", _DEFAULTS.message, "Bytes of one message; more is answered 513."),
    ("head", _DEFAULTS.head, "Bytes of its start line and headers; more is answered 513."),
    ("headers", _DEFAULTS.headers, "Header lines of one message; more are answered 513."),
    ("uri", _DEFAULTS.uri, "Bytes of a Request-URI; more is answered 414."),
    ("body", _DEFAULTS.body, "Bytes of a body; more is answered 413."),
    ("connections", _DEFAULTS.connections, "TCP connections; the next is answered 503."),
    ("transactions", _DEFAULTS.transactions, "Transactions; the next is answered 503."),
    ("calls", _DEFAULTS.calls, "Calls in progress; the next is answered 503."),
)


def _limits(function: F) -> F:
    """Add an option for each limit."""
    for name, default, text in reversed(_LIMITS):
        option = click.option(
            f"--max-{name}",
            cls=LimitOption,
            type=AmountType(),
            default=default,
            show_default=True,
            help=text,
        )
        function = option(function)
    return function


@click.command(
    cls=GroupedCommand,
    short_help="Answer until stopped (the default command).",
    epilog="Every option can be set by an environment variable: RESPONDER_LISTEN for --listen,"
    " with a space between several values, RESPONDER_PORT_FILE for --port-file, and so on.",
)
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path), metavar="[SCENARIO...]")
@click.option(
    "--listen",
    multiple=True,
    type=ListenType(),
    metavar="[udp|tcp:]HOST[:PORT]",
    help="Listen here; repeatable. Port 0 picks a free one.  [default: udp and tcp on port 5060"
    " of every address]",
)
@click.option(
    "--advertise",
    type=AdvertiseType(),
    metavar="HOST[:PORT]",
    help="Name this in Contact and SDP, not the address that was reached (behind NAT).",
)
@click.option(
    "--allow",
    multiple=True,
    type=NetworkType(),
    metavar="CIDR",
    help="Take calls from these networks only; repeatable; any for all.  [default: loopback,"
    " private and link-local addresses]",
)
@click.option(
    "--media-ports",
    type=PortsType(),
    metavar="FIRST-LAST",
    default="10000-19999",
    show_default=True,
    help="Take audio on these UDP ports, an even one for each call; 0 for any free ones; off for no"
    " audio at all.",
)
@click.option(
    "--media-timeout",
    type=DurationType(),
    metavar="TIME",
    default=0.0,
    show_default="never",
    help="End an answered call from which no audio came for so long, such as 30s.",
)
@web_options
@click.option(
    "--port-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what was bound to this file, as JSON, when it answers.",
)
@click.option(
    "--pcap",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every message to this capture file as it passes, for Wireshark or sngrep.",
)
@click.option(
    "--users",
    type=UsersType(),
    metavar="any|FILE",
    help="Whose credentials fit: everyone's, or those of a file with name:password lines."
    "  [default: those of the scenarios, else any]",
)
@click.option(
    "--realm",
    type=RealmType(),
    default="sip-responder",
    show_default=True,
    metavar="TEXT",
    help="The realm of the challenges.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Read the scenarios again when they change; a bad one leaves all as it was.",
)
@click.option("--seed", type=int, metavar="N", help="Make every random choice the same each time.")
@click.option(
    "--log",
    type=click.Choice(["console", "json"]),
    default="console",
    show_default=True,
    help="For people, or one JSON object a line.",
)
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Draw the ladder of each call; -vv: show raw messages too.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
@_limits
@click.option(
    "--max-call-time",
    cls=LimitOption,
    type=DurationType(),
    default="4h",
    show_default=True,
    help="How long an answered call may stand until it gets BYE; 0 for ever.",
)
@click.option(
    "--journal-calls",
    cls=RecordOption,
    type=AmountType(),
    default=1_000,
    show_default=True,
    help="How many calls are remembered.",
)
@click.option(
    "--journal-bytes",
    cls=RecordOption,
    type=AmountType(),
    default="64m",
    show_default=True,
    help="How many bytes of messages they hold together.",
)
def serve(
    scenarios: tuple[Path, ...],
    listen: tuple[Listen, ...],
    advertise: tuple[str, int | None] | None,
    allow: tuple[str, ...],
    media_ports: PortRange | None,
    media_timeout: float,
    web: WebOptions,
    port_file: Path | None,
    pcap: Path | None,
    users: Users | None,
    realm: bytes,
    watch: bool,
    seed: int | None,
    log: str,
    verbose: int,
    quiet: bool,
    journal_calls: int,
    journal_bytes: int,
    max_call_time: float,
    **limits: int,
) -> None:
    """Answer SIP requests as scenarios say, others as their user part spells.

    SCENARIO is a file, or a directory of which all .yaml files are taken. Where no rule matches,
    and without a scenario, call sip:486@HOST and it is busy, sip:180-5-200@HOST and it rings five
    seconds, then answers.

    SIGTERM or Ctrl-C ends the calls in progress, then the process; a second one ends it at once.
    """
    if watch and not scenarios:
        raise click.UsageError("there is nothing to watch: --watch is for scenarios.")
    compiled = read(scenarios) if scenarios else None
    epoch = time.time() - time.monotonic()
    verbosity = -1 if quiet else verbose
    plan = Plan(
        listens=listen or DEFAULT_LISTENS,
        allow=allow,
        advertise=advertise,
        media_ports=media_ports,
        media_timeout=media_timeout,
        port_file=port_file,
        seed=seed,
        limits=Limits(
            call_time=max_call_time,
            **{name.removeprefix("max_"): most for name, most in limits.items()},
        ),
        journal_calls=journal_calls,
        journal_bytes=journal_bytes,
        epoch=epoch,
        traces=not quiet,
        messages=verbosity > 1 and log == "console",
        pcap=pcap,
        files=scenarios,
        watch=scenarios if watch else (),
        authentication=Authentication(EVERYONE if users is None else users, realm),
    )
    if compiled is not None:
        plan = by_scenarios(plan, compiled, users)
    try:
        asyncio.run(Answering(plan, make_log(log, verbosity, plan), Web.of(web)).run())
    except BindFailed as failure:
        click.echo(f"responder: {failure}", err=True)
        raise click.exceptions.Exit(CANNOT_BIND) from None
    except OSError as failure:
        # The port file is written by another name first.
        file = pcap if pcap is not None and failure.filename == str(pcap) else port_file
        if file is None or failure.filename is None:
            raise
        raise click.UsageError(f"{file} cannot be written: {failure.strerror}.") from None


def read(scenarios: tuple[Path, ...]) -> "Compiled":
    """Return what scenario files come to; see `responder.cli.scenarios.usable_scenarios`."""
    # Not at the top: pydantic, ruamel.yaml and RE2 take longer to import than all the rest.
    module = import_module("responder.cli.scenarios")
    compiled: Compiled = module.usable_scenarios(scenarios)
    return compiled


def make_log(form: str, verbosity: int, plan: Plan) -> Log:
    """Return the log of ``--log``, on standard output and, for faults, standard error.

    Args:
        form: ``console`` or ``json``.
        verbosity: see `Console`; JSON knows no more than -1 for errors only.
        plan: what is answered.
    """
    out = Output(sys.stdout)
    if form == "json":
        # Not at the top: structlog takes as long to import as all the rest of the start.
        module = import_module("responder.cli.jsonlog")
        programs: Log = module.JsonLog(out.write, epoch=plan.epoch, quiet=verbosity < 0)
        return programs
    # Not at the top either: only a ladder has verdicts below it.
    faults = None
    if verbosity > 0:
        judging = import_module("responder.report.verdicts")
        held = {"timing": plan.timing, "users": plan.authentication.users}
        faults = partial(judging.faults_of, **held)
    return Console(
        out.write,
        Output(sys.stderr).write,
        epoch=plan.epoch,
        verbosity=verbosity,
        colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR"),
        width=min(shutil.get_terminal_size().columns, WIDEST),
        unicode=out.encoding.startswith("utf"),
        faults=faults,
    )

"""The options of a command that answers, and the plan that they make."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

import click

from responder.agent.plan import Plan, by_scenarios
from responder.cli.options import (
    AdvertiseType,
    AmountType,
    DurationType,
    LimitOption,
    ListenType,
    NetworkType,
    PortsType,
    RealmType,
    RecordOption,
    UsersType,
)
from responder.net.listen import DEFAULT_LISTENS, Listen
from responder.net.rtp import PortRange
from responder.sip.settings import Authentication, Limits
from responder.sip.users import EVERYONE, Users

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled

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


class Options(TypedDict):
    """What the options of `answering_options` were set to, by their names."""

    listen: tuple[Listen, ...]
    advertise: tuple[str, int | None] | None
    allow: tuple[str, ...]
    media_ports: PortRange | None
    media_timeout: float
    port_file: Path | None
    pcap: Path | None
    users: Users | None
    realm: bytes
    seed: int | None
    log: str
    verbose: int
    quiet: bool
    max_message: int
    max_head: int
    max_headers: int
    max_uri: int
    max_body: int
    max_connections: int
    max_transactions: int
    max_calls: int
    max_call_time: float
    journal_calls: int
    journal_bytes: int


_OPTIONS: Final = (
    click.option(
        "--listen",
        multiple=True,
        type=ListenType(),
        metavar="[udp|tcp:]HOST[:PORT]",
        help="Listen here; repeatable. Port 0 picks a free one.  [default: udp and tcp on port 5060"
        " of every address]",
    ),
    click.option(
        "--advertise",
        type=AdvertiseType(),
        metavar="HOST[:PORT]",
        help="Name this in Contact and SDP, not the address that was reached (behind NAT).",
    ),
    click.option(
        "--allow",
        multiple=True,
        type=NetworkType(),
        metavar="CIDR",
        help="Take calls from these networks only; repeatable; any for all.  [default: loopback,"
        " private and link-local addresses]",
    ),
    click.option(
        "--media-ports",
        type=PortsType(),
        metavar="FIRST-LAST",
        default="10000-19999",
        show_default=True,
        help="Take audio on these UDP ports, an even one for each call; 0 for any free ones; off"
        " for no audio at all.",
    ),
    click.option(
        "--media-timeout",
        type=DurationType(),
        metavar="TIME",
        default=0.0,
        show_default="never",
        help="End an answered call from which no audio came for so long, such as 30s.",
    ),
    click.option(
        "--port-file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write what was bound to this file, as JSON, when it answers.",
    ),
    click.option(
        "--pcap",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write every message to this capture file as it passes, for Wireshark or sngrep.",
    ),
    click.option(
        "--users",
        type=UsersType(),
        metavar="any|FILE",
        help="Whose credentials fit: everyone's, or those of a file with name:password lines."
        "  [default: those of the scenarios, else any]",
    ),
    click.option(
        "--realm",
        type=RealmType(),
        default="sip-responder",
        show_default=True,
        metavar="TEXT",
        help="The realm of the challenges.",
    ),
    click.option(
        "--seed", type=int, metavar="N", help="Make every random choice the same each time."
    ),
    click.option(
        "--log",
        type=click.Choice(["console", "json"]),
        default="console",
        show_default=True,
        help="For people, or one JSON object a line.",
    ),
    click.option(
        "-v",
        "--verbose",
        count=True,
        help="Draw the ladder of each call; -vv: show raw messages too.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print errors only."),
    *(
        click.option(
            f"--max-{name}",
            cls=LimitOption,
            type=AmountType(),
            default=default,
            show_default=True,
            help=text,
        )
        for name, default, text in _LIMITS
    ),
    click.option(
        "--max-call-time",
        cls=LimitOption,
        type=DurationType(),
        default="4h",
        show_default=True,
        help="How long an answered call may stand until it gets BYE; 0 for ever.",
    ),
    click.option(
        "--journal-calls",
        cls=RecordOption,
        type=AmountType(),
        default=1_000,
        show_default=True,
        help="How many calls are remembered.",
    ),
    click.option(
        "--journal-bytes",
        cls=RecordOption,
        type=AmountType(),
        default="64m",
        show_default=True,
        help="How many bytes of messages they hold together.",
    ),
)


def answering_options(function: F) -> F:
    """Give a command the options of one that answers, in the order of their help text."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def verbosity_of(options: Options) -> int:
    """Return how much is told: -1 for errors only, else how often ``-v`` was given."""
    return -1 if options["quiet"] else options["verbose"]


def plan_of(
    options: Options, files: Sequence[Path], compiled: "Compiled | None", epoch: float
) -> Plan:
    """Return what a command is to do.

    Args:
        options: its options.
        files: the scenario files and directories that it was given.
        compiled: what they came to; None where there are none.
        epoch: what to add to the core's clock to get seconds since 1970.
    """
    users = options["users"]
    plan = Plan(
        listens=options["listen"] or DEFAULT_LISTENS,
        allow=options["allow"],
        advertise=options["advertise"],
        media_ports=options["media_ports"],
        media_timeout=options["media_timeout"],
        port_file=options["port_file"],
        seed=options["seed"],
        limits=Limits(
            message=options["max_message"],
            head=options["max_head"],
            headers=options["max_headers"],
            uri=options["max_uri"],
            body=options["max_body"],
            connections=options["max_connections"],
            transactions=options["max_transactions"],
            calls=options["max_calls"],
            call_time=options["max_call_time"],
        ),
        journal_calls=options["journal_calls"],
        journal_bytes=options["journal_bytes"],
        epoch=epoch,
        traces=not options["quiet"],
        messages=verbosity_of(options) > 1 and options["log"] == "console",
        pcap=options["pcap"],
        files=files,
        authentication=Authentication(EVERYONE if users is None else users, options["realm"]),
    )
    return plan if compiled is None else by_scenarios(plan, compiled, users)

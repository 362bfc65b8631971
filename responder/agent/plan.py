"""What an answering side is to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from responder.faults.impairment import Impairment
from responder.net.listen import DEFAULT_LISTENS, Listen
from responder.net.rtp import DEFAULT_PORTS, PortRange
from responder.scenario.rules import Rules
from responder.sip.settings import Authentication, Limits, Registering, Timing
from responder.sip.users import EVERYONE, Users

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled


@dataclass(frozen=True, slots=True)
class Plan:
    """What an answering side is to do.

    Attributes:
        listens: the addresses to bind.
        allow: the networks that may call, as `responder.net.allow.parse_network` reads them; empty
            for the default.
        advertise: see `responder.sip.settings.Settings`.
        media_ports: the ports that audio may use; None for no audio.
        media_timeout: see `responder.sip.settings.Settings`.
        port_file: where to write what was bound, once it answers; None for nowhere.
        seed: makes tokens and every other random choice reproducible; None for the kernel's.
        rules: what answers which request; None for what is dialled alone.
        impairments: what impairs all traffic, from the moment that it is listened to.
        timing: the timer values of what no rule with its own answers.
        limits: what peers may use.
        journal_calls: how many records of calls are kept.
        journal_bytes: how many bytes of messages they may hold together.
        epoch: what to add to `time.monotonic` to get seconds since 1970.
        traces: whether the log wants calls and strays; without them a call costs less.
        messages: whether the log wants raw messages.
        pcap: where to write a capture file of what passes; None for nowhere.
        authentication: how credentials are asked for and looked at.
        registering: what the registrar grants.
        files: the scenario files and directories that it was made of.
        watch: those of them that are read again when they change.
        compiled: what they came to.
    """

    listens: Sequence[Listen] = DEFAULT_LISTENS
    allow: Sequence[str] = ()
    advertise: tuple[str, int | None] | None = None
    media_ports: PortRange | None = DEFAULT_PORTS
    media_timeout: float = 0.0
    port_file: Path | None = None
    seed: int | None = None
    rules: Rules | None = None
    impairments: Sequence[Impairment] = ()
    timing: Timing = field(default_factory=Timing)
    limits: Limits = field(default_factory=Limits)
    journal_calls: int = 1_000
    journal_bytes: int = 64 * 1024 * 1024
    epoch: float = 0.0
    traces: bool = True
    messages: bool = False
    pcap: Path | None = None
    authentication: Authentication = field(default_factory=Authentication)
    registering: Registering = field(default_factory=Registering)
    files: Sequence[Path] = ()
    watch: Sequence[Path] = ()
    compiled: "Compiled | None" = field(default=None, compare=False, repr=False)


def by_scenarios(plan: Plan, compiled: "Compiled", users: Users | None = None) -> Plan:
    """Return a plan with what scenarios say; its own seed goes before theirs.

    Their listeners come beside its own, and in place of the usual ones.

    Args:
        plan: what else is to be done.
        compiled: the scenarios.
        users: whose credentials fit, before what the scenarios say; None leaves it to them.
    """
    if users is None:
        users = EVERYONE if compiled.users is None else compiled.users
    listens = [
        each._replace(name=name) for name, each in compiled.listens if isinstance(each, Listen)
    ]
    if listens and plan.listens is not DEFAULT_LISTENS:
        listens = [*plan.listens, *listens]
    return replace(
        plan,
        listens=listens or plan.listens,
        seed=compiled.seed if plan.seed is None else plan.seed,
        rules=compiled.rules,
        compiled=compiled,
        impairments=impairments_of(compiled),
        timing=compiled.timing or plan.timing,
        authentication=replace(plan.authentication, users=users),
        registering=compiled.registering or plan.registering,
    )


def impairments_of(compiled: "Compiled") -> list[Impairment]:
    """Return what scenarios do to all traffic; the reader of faults that was handed in made it."""
    return [each for each in compiled.impairments if isinstance(each, Impairment)]

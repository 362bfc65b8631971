"""`responder serve`: answer until stopped."""

import asyncio
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import click

from responder.agent.plan import Plan
from responder.cli.answering_options import Options, answering_options, plan_of, verbosity_of
from responder.cli.console import Console
from responder.cli.log import Log
from responder.cli.options import GroupedCommand
from responder.cli.output import Output
from responder.cli.serving import Answering
from responder.cli.web import Web, WebOptions, web_options
from responder.net.errors import BindFailed

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled

CANNOT_BIND: Final = 3
"""Exit status when an address could not be bound."""

WIDEST: Final = 100


@click.command(
    cls=GroupedCommand,
    short_help="Answer until stopped (the default command).",
    epilog="Every option can be set by an environment variable: RESPONDER_LISTEN for --listen,"
    " with a space between several values, RESPONDER_PORT_FILE for --port-file, and so on.",
)
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path), metavar="[SCENARIO...]")
@answering_options
@web_options
@click.option(
    "--watch",
    is_flag=True,
    help="Read the scenarios again when they change; a bad one leaves all as it was.",
)
def serve(
    scenarios: tuple[Path, ...], watch: bool, web: WebOptions, **options: Unpack[Options]
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
    plan = plan_of(options, scenarios, compiled, epoch)
    if watch:
        plan = replace(plan, watch=scenarios)
    log = make_log(options["log"], verbosity_of(options), plan)
    with told_to_a_person(options):
        asyncio.run(Answering(plan, log, Web.of(web)).run())


@contextlib.contextmanager
def told_to_a_person(options: Options) -> Iterator[None]:
    """Tell in a sentence what keeps a command from answering, and end with its exit status."""
    try:
        yield
    except BindFailed as failure:
        click.echo(f"responder: {failure}", err=True)
        raise click.exceptions.Exit(CANNOT_BIND) from None
    except OSError as failure:
        # The port file is written by another name first.
        pcap, port_file = options["pcap"], options["port_file"]
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


def make_log(form: str, verbosity: int, plan: Plan, judges: bool = False) -> Log:
    """Return the log of ``--log``, on standard output and, for faults, standard error.

    Args:
        form: ``console`` or ``json``.
        verbosity: see `Console`; JSON knows no more than -1 for errors only.
        plan: what is answered.
        judges: whether ladders are drawn at the end, although ``verbosity`` asks for none.
    """
    out = Output(sys.stdout)
    if form == "json":
        # Not at the top: structlog takes as long to import as all the rest of the start.
        module = import_module("responder.cli.jsonlog")
        programs: Log = module.JsonLog(out.write, epoch=plan.epoch, quiet=verbosity < 0)
        return programs
    # Not at the top either: only a ladder has verdicts below it.
    faults = None
    if verbosity > 0 or judges:
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

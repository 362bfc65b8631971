"""`responder run`: answer until a run is over, then judge it."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack

import click

from responder import __version__
from responder.cli.answering_options import Options, answering_options, plan_of, verbosity_of
from responder.cli.command import CannotStart, Command
from responder.cli.judging import Judging, Wanted
from responder.cli.options import DurationType, GroupedCommand
from responder.cli.serve import make_log, read, told_to_a_person
from responder.cli.serving import Answering
from responder.cli.web import Web, WebOptions, web_options_with
from responder.judge.standing import Until, read_until
from responder.report.run import Run, run_of

if TYPE_CHECKING:
    from responder.scenario.compiler import Compiled

TIMEOUT: Final = 60.0
"""Seconds that a run lasts at most."""

TIMEOUT_OF_COMMAND: Final = 600.0
"""The same where a command runs."""

ANY_HTTP: Final = "127.0.0.1:0"
"""Where HTTP is served: runs may go on side by side, and COMMAND is told where."""

_COMMAND: Final = "responder.run.command"


class UntilType(click.ParamType[Until]):
    """What a run lasts for, as `read_until` reads it."""

    name = "until"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Until:
        """Return it."""
        try:
            return read_until(value)
        except ValueError as mistake:
            self.fail(str(mistake), param, ctx)


class RunCommand(GroupedCommand):
    """A command line that ends with another one, behind ``--``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands behind ``--`` as it is."""
        if "--" in args:
            place = args.index("--")
            ctx.meta[_COMMAND] = args[place + 1 :]
            args = args[:place]
        return super().parse_args(ctx, args)


def _report(name: str, what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        f"--{name}",
        type=click.Path(dir_okay=False, writable=True, path_type=Path),
        callback=_in_a_directory,
        metavar="FILE",
        help=f"Write {what} here at the end.",
    )


def _in_a_directory(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """See that a report can be written before anything is waited for."""
    if value is not None and not value.parent.is_dir():
        raise click.BadParameter(f"there is no directory {value.parent}.", ctx, param)
    return value


@click.command(
    cls=RunCommand,
    short_help="Answer until a run is over, then judge it.",
    epilog="Every option can be set by an environment variable: RESPONDER_UNTIL for --until, those"
    " of serve by the same names as there. COMMAND finds in its environment where to call:"
    " RESPONDER_URI, RESPONDER_UDP, RESPONDER_TCP, RESPONDER_HOST, RESPONDER_PORT, RESPONDER_SIP,"
    " RESPONDER_HTTP, and RESPONDER_LISTENER_NAME for each listener of a scenario.",
)
@click.argument(
    "scenarios",
    nargs=-1,
    type=click.Path(path_type=Path),
    metavar="SCENARIO... [-- COMMAND [ARGUMENT...]]",
)
@answering_options
@web_options_with(ANY_HTTP)
@click.option(
    "--until",
    type=UntilType(),
    metavar="WHAT",
    help="Last until the expectations are decided (decided), so many calls have come (calls:3),"
    " nothing has come for a time (idle:5s), or COMMAND has ended (command).  [default: command"
    " where there is one, else decided]",
)
@click.option(
    "--timeout",
    type=DurationType(),
    metavar="TIME",
    help="Last no longer than this.  [default: 60s, with COMMAND 10m]",
)
@_report("junit", "what failed and what held, as JUnit XML,")
@_report("json", "the whole run, as JSON,")
@_report("html", "the whole run, as a web page that stands alone,")
@click.pass_context
def run(
    ctx: click.Context,
    scenarios: tuple[Path, ...],
    until: Until | None,
    timeout: float | None,
    junit: Path | None,
    json: Path | None,
    html: Path | None,
    web: WebOptions,
    **options: Unpack[Options],
) -> None:
    """Answer as scenarios say until the run is over, then judge what they expect.

    Exit status: 0 all held; 1 something failed, or no rule matched a request where one had to; 2 a
    scenario or the command line is wrong; 3 an address could not be bound; 4 nothing was received.
    Where COMMAND fails, its own exit status goes before 1 and 4.

    SIGTERM or Ctrl-C ends COMMAND and the run, which is judged by what there is; a second one ends
    everything at once.
    """
    command = _command(ctx)
    compiled = read(scenarios) if scenarios else None
    expectations = () if compiled is None else compiled.expectations
    until = until or Until("decided" if command is None else "command")
    _check(until, command, bool(expectations))
    epoch = time.time() - time.monotonic()
    plan = plan_of(options, scenarios, compiled, epoch)
    log = make_log(options["log"], verbosity_of(options), plan, judges=True)
    if timeout is None:
        timeout = TIMEOUT if command is None else TIMEOUT_OF_COMMAND
    judging = Judging(Wanted(expectations, until, timeout, command, _variables(ctx)), log.warning)
    with told_to_a_person(options):
        answering = Answering(plan, log, Web.of(web), leave=judging.leave, beside=judging.beside)
        try:
            asyncio.run(answering.run())
        except CannotStart as failure:
            raise click.UsageError(str(failure)) from None
    assert judging.result is not None
    log.judged(judging.result, judging.ended)
    made = run_of(
        answering.stack.journal,
        name=_name(scenarios, compiled),
        program=f"sip-responder/{__version__}",
        epoch=epoch,
        began=judging.began,
        ended=judging.ended,
        outcomes=judging.result.outcomes,
        timing=plan.timing,
        users=plan.authentication.users,
    )
    write_reports(made, junit, json, html)
    raise click.exceptions.Exit(judging.result.status)


def write_reports(made: Run, junit: Path | None, json: Path | None, html: Path | None) -> None:
    """Write the reports of a run that are wanted.

    Raises:
        click.UsageError: one cannot be written.
    """
    # Each needs a library that nothing else does.
    for path, module, function in (
        (junit, "junit", "junit"),
        (json, "json", "run_text"),
        (html, "html", "html"),
    ):
        if path is not None:
            text: str = getattr(import_module(f"responder.report.{module}"), function)(made)
            try:
                path.write_text(text, encoding="utf-8")
            except OSError as failure:
                raise click.UsageError(f"{path} cannot be written: {failure.strerror}.") from None


def _command(ctx: click.Context) -> Command | None:
    words: Sequence[str] | None = ctx.meta.get(_COMMAND)
    if words is None:
        return None
    if not words:
        raise click.UsageError("no command stands behind --.")
    if shutil.which(words[0]) is None:
        raise click.UsageError(f"{words[0]} is no command that can be found and run.")
    return Command(words)


def _check(until: Until, command: Command | None, expects: bool) -> None:
    """See that a run can come to an end.

    Raises:
        click.UsageError: it cannot, other than by its timeout.
    """
    if until.what == "command" and command is None:
        raise click.UsageError("--until command needs a command: put it last, behind --.")
    if until.what == "decided" and not expects:
        raise click.UsageError(
            "nothing is expected, so nothing can be decided: give a scenario an expect, or say"
            " until when with --until, such as calls:1 or idle:5s."
        )


def _variables(ctx: click.Context) -> frozenset[str]:
    """Return the variables that set options: they were meant for this process."""
    options = [each for each in ctx.command.params if isinstance(each, click.Option)]
    # The token is what COMMAND has to show.
    return frozenset(str(each.envvar) for each in options) - {"RESPONDER_HTTP_TOKEN"}


def _name(scenarios: Sequence[Path], compiled: "Compiled | None") -> str:
    """Return what a run is called in reports."""
    named = [] if compiled is None else [each.scenario for each in compiled.expectations]
    names = dict.fromkeys(named or [path.stem for path in scenarios])
    return ", ".join(names) or "responder"

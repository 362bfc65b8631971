"""`responder match`: which rule would answer a message, and why not the others."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import click

from responder.cli.options import ListenType
from responder.cli.printable import printable
from responder.cli.scenarios import UNUSABLE, usable_scenarios
from responder.net.listen import BOTH_FAMILIES, OFFERED, Listen
from responder.scenario.explain import Verdict, unruled, verdicts
from responder.scenario.rules import Rules
from responder.scenario.words import describe
from responder.sip.events import Flow
from responder.sip.message import Message, parse
from responder.sip.settings import Limits
from responder.sip.validation import Refusal, examine

UNMATCHED: Final = 1
"""Exit status when neither a rule nor dialling answers."""

_LOCAL: Final = ("127.0.0.1", 5060)


@click.command(short_help="Say which rule would answer a message, and why not the others.")
@click.argument(
    "scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO..."
)
@click.argument("message", type=click.File("rb"), metavar="MESSAGE")
@click.option(
    "--source",
    type=ListenType(),
    default="127.0.0.1:5060",
    show_default=True,
    metavar="HOST[:PORT]",
    help="Where the message is said to come from.",
)
@click.option(
    "--transport",
    type=click.Choice(OFFERED),
    default="udp",
    show_default=True,
    help="What it is said to come over.",
)
@click.option(
    "--listener", default="", metavar="NAME", help="The listener that it is said to come to."
)
def match(
    scenarios: tuple[Path, ...], message: BinaryIO, source: Listen, transport: str, listener: str
) -> None:
    """Say of each rule whether it matches a request, and if not, by which fields it misses.

    MESSAGE is a file, or - for standard input; its lines may end in LF alone. What came before does
    not count: a sequence is at its beginning.
    """
    if source.host == BOTH_FAMILIES:
        raise click.BadParameter(
            "write an IP address, with a port if you like.", param_hint="--source"
        )
    rules = usable_scenarios(scenarios).rules
    request = _request(message.read())
    flow = Flow(transport, _LOCAL, (source.host, source.port), None, listener)
    told = verdicts(rules, request, flow)
    width = max([len(verdict.rule.program.name) for verdict in told], default=0)
    answered = False
    for verdict in told:
        for line in _lines(verdict, width, answered):
            click.echo(line)
        answered = answered or not verdict.misses
    if not answered:
        _tell_of_the_rest(rules, request)


def _request(data: bytes) -> Message:
    """Return the request that a file holds.

    Raises:
        click.exceptions.Exit: it is no request that a rule could get; a sentence says why.
    """
    request = parse(data)
    examined = examine(request, Limits())
    if request.status:
        said = "this is a response; a rule answers requests"
    elif isinstance(examined, Refusal):
        reason = (examined.reason or b"").decode("utf-8", "replace")
        said = f"no rule gets this message: it is answered {examined.status} {reason}".rstrip()
    else:
        return request
    click.echo(f"responder: {said}", err=True)
    raise click.exceptions.Exit(UNUSABLE)


def _lines(verdict: Verdict, width: int, answered: bool) -> Iterator[str]:
    rule = verdict.rule
    said = "misses" if verdict.misses else "matches too" if answered else "answers"
    steps = "" if verdict.misses or answered else f": {describe(rule.program)}"
    yield f"{rule.program.name:<{width}}  {said}{steps}  ({rule.place})"
    field = max([len(miss.condition.field) for miss in verdict.misses], default=0)
    for miss in verdict.misses:
        condition = miss.condition
        said = f"wanted {condition.wanted}, got {printable(miss.got)}"
        yield f"  {condition.field:<{field}}  {said}  ({condition.place})"


def _tell_of_the_rest(rules: Rules, request: Message) -> None:
    """Say what a request gets that no rule matches.

    Raises:
        click.exceptions.Exit: nothing answers it.
    """
    click.echo(unruled(rules, request))
    if rules.unmatched is not None and rules.dialled(request).program is None:
        raise click.exceptions.Exit(UNMATCHED)

"""`responder codes`: the code registry, for people and for programs."""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import groupby

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from responder.codes import CLASS_NAMES, Code, HeaderRule, all_codes, lookup, search

# Piped output is for grep and for files: no line is folded, however long.
_UNFOLDED = 100_000

_CONDITIONS = {
    "in-request": "if the request carries it",
    "dialog": "if the response belongs to a dialog",
    "reliable": "if sent reliably (100rel)",
    "body": "if there is a body",
}


@click.command(short_help="Show what a status code means and needs.")
@click.argument("text", nargs=-1, metavar="[CODE|TEXT]")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON: an object for a code, else a list."
)
def codes(text: tuple[str, ...], as_json: bool) -> None:
    """Show the registry of SIP status codes: phrase, RFC, methods, headers.

    A CODE such as 486 gives all that is known of it; the start of a number (48, 4xx) or words
    (busy, Retry-After, RFC 3903) give the codes that match; nothing gives them all.
    """
    wanted = " ".join(text).strip()
    exact = _exact(wanted)
    found = (exact,) if exact else search(wanted)
    if not found:
        click.echo(_nothing(wanted), err=True)
        raise click.exceptions.Exit(2)
    if as_json:
        data = exact.as_data() if exact else [code.as_data() for code in found]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _UNFOLDED
    with console.capture() as captured:
        if exact:
            _print_page(console, exact)
        elif wanted:
            console.print(_table(found))
        else:
            _print_all(console)
    for line in captured.get().splitlines():
        click.echo(line.rstrip(), color=console.is_terminal)


def _exact(wanted: str) -> Code | None:
    """The code that `wanted` is the number of, whether or not the registry has an entry for it."""
    if len(wanted) == 3 and wanted.isascii() and wanted.isdigit() and "100" <= wanted <= "699":
        return lookup(int(wanted))
    return None


def _nothing(wanted: str) -> str:
    if wanted.isascii() and wanted.isdigit():
        return f"No status code starts with {wanted}: they go from 100 to 699."
    sentence = f"No status code matches {wanted!r}"
    names = {word.casefold(): word for code in all_codes() for word in _names(code)}
    nearest = get_close_matches(wanted.casefold(), names, n=1)
    return f"{sentence}; did you mean {names[nearest[0]]!r}?" if nearest else f"{sentence}."


def _names(code: Code) -> Iterable[str]:
    """What a person may have meant to type: the phrase, its words, the header fields."""
    return [code.phrase, *code.phrase.split(), *(rule.name for rule in code.headers)]


def _print_all(console: Console) -> None:
    for klass, members in groupby(all_codes(), key=lambda code: code.klass):
        console.print(Text(f"{klass}xx {CLASS_NAMES[klass]}", style="bold"))
        console.print(_table(members))
        console.print()
    console.print("responder codes CODE shows one of them in full.", style="dim")


def _table(found: Iterable[Code]) -> Table:
    """A line for each code; the columns are as wide in every class, so that they align."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(min_width=max(len(_label(code)) for code in all_codes()), no_wrap=True)
    table.add_column(min_width=8, style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for code in found:
        table.add_row(str(code.status), _label(code), code.rfc, " ".join(code.methods))
    return table


def _label(code: Code) -> str:
    return code.phrase if code.state == "current" else f"{code.phrase} ({code.state})"


def _print_page(console: Console, code: Code) -> None:
    console.print(Text(f"{code.status} {code.phrase}", style="bold cyan"))
    console.print(Text(code.description))
    console.print()
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(code):
        facts.add_row(name, Text(value))
    console.print(facts)
    for need in ("required", "recommended"):
        rules = [rule for rule in code.headers if rule.need == need]
        if rules:
            console.print(Text(f"\n{need.capitalize()} headers", style="bold"))
            _print_rules(console, rules)
    if any("{" in rule.value for rule in code.headers):
        console.print(Text("\n{...} is worked out for each response.", style="dim"))


def _facts(code: Code) -> Iterable[tuple[str, str]]:
    if code.requested:
        yield "also written", code.requested
    yield "class", f"{code.klass}xx {CLASS_NAMES[code.klass]}"
    yield ("defined in" if code.known else "treated by"), ", ".join(code.references)
    yield "state", code.state if code.registered else f"{code.state}, not listed by IANA"
    yield "methods", "any but ACK" if code.methods == ("any",) else " ".join(code.methods)
    yield "dial it", _dial(code)


def _dial(code: Code) -> str:
    uri = f"sip:{code.status}@HOST"
    if code.methods == ("any",) or "INVITE" in code.methods:
        return uri
    if "REGISTER" in code.methods:
        return f"{uri} (as the To of a REGISTER)"
    return f"{uri} (in a {code.methods[0]})"


def _print_rules(console: Console, rules: Iterable[HeaderRule]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(style="dim", overflow="fold")
    for rule in rules:
        table.add_row(Text(f"  {rule.name}"), Text(rule.value), Text(_circumstances(rule)))
    console.print(table)


def _circumstances(rule: HeaderRule) -> str:
    """When the header is sent, in words."""
    parts = []
    if rule.methods:
        parts.append(f"to {' '.join(sorted(rule.methods))}")
    parts += [_in_words(condition) for condition in rule.when]
    if rule.one_of:
        parts.append("one of these")
    if not rule.send:
        parts.append("only when asked for")
    return ", ".join(parts) or "always"


def _in_words(condition: str) -> str:
    kind, _, detail = condition.partition(":")
    match kind:
        case "supported":
            return f"if the caller supports {detail}"
        case "not-supported":
            return f"if the caller does not support {detail}"
        case "cause":
            return f"if the body's {detail} is the cause"
        case _:
            return _CONDITIONS[kind]

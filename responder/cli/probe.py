"""`responder probe`: place one real request and draw what came back."""

import asyncio
import contextlib
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from responder import __version__
from responder.cli.capturing import CaptureFile
from responder.cli.place import Unplaced, explain, place
from responder.cli.printable import printable, printable_lines
from responder.journal.record import Entry
from responder.probe.attempt import CANCELLED, OURS, TIMEOUT, TRANSPORT, Attempt, Result
from responder.report.ladder import Ladder, Line
from responder.report.rungs import Kind
from responder.report.svg import svg
from responder.sip.errors import Malformed
from responder.sip.grammar import TOKEN_PATTERN, unescape
from responder.sip.headers.uri import Uri, parse_uri
from responder.sip.message import canonical

AS_EXPECTED = 0
ANOTHER_STATUS = 1
NOT_SENT = 3
NO_FINAL = 4

_STYLES: dict[Kind, str] = {
    "heading": "bold",
    "request": "cyan",
    "provisional": "yellow",
    "success": "green",
    "redirect": "magenta",
    "failure": "red",
    "note": "dim",
    "fault": "bold red",
}

# An INVITE that nobody has answered at all may not be cancelled yet. A second lets one more copy of
# it be answered; whoever waits in front of a terminal is not kept any longer.
_GRACE = 1.0


# What is dialled without a scheme may begin with a name and a colon too: pbx:5060.
_OTHER_SCHEME = re.compile(r"(?:tel|urn|im|pres|mailto|https?|wss?|udp|tcp|tls):", re.IGNORECASE)


class Expected:
    """A status or a class of them, as ``--expect`` has it."""

    def __init__(self, text: str) -> None:
        """Take ``486`` or ``4xx``.

        Raises:
            ValueError: it is neither.
        """
        match = re.fullmatch(r"([1-6])(?:([0-9]{2})|[xX]{2})", text.strip())
        if match is None or match[1] == "1":
            raise ValueError(text)
        self.text = text.strip()
        self.first = int(match[1] + (match[2] or "00"))
        self.last = self.first if match[2] else self.first + 99

    def meets(self, status: int) -> bool:
        """Tell whether a final status is as expected."""
        return self.first <= status <= self.last


def _as_uri(ctx: click.Context, param: click.Parameter, value: str) -> Uri:
    del ctx, param
    if _OTHER_SCHEME.match(value):
        raise click.BadParameter(f'"{value}" is no SIP URI; write one such as sip:486@127.0.0.1.')
    text = value if re.match(r"sips?:", value, re.IGNORECASE) else f"sip:{value}"
    try:
        uri = parse_uri(text.encode(), "URI")
    except Malformed as fault:
        raise click.BadParameter(f'"{value}" is no SIP URI ({fault}).') from None
    if uri.scheme == b"sips" or (uri.param(b"transport") or b"").lower() == b"tls":
        raise click.BadParameter("TLS is not offered by this version; it dials udp and tcp.")
    if (uri.param(b"transport") or b"udp").lower() not in {b"udp", b"tcp"}:
        raise click.BadParameter(f'the transport of "{value}" is not offered; use udp or tcp.')
    return uri


def _as_proxy(ctx: click.Context, param: click.Parameter, value: str | None) -> Uri | None:
    if value is None:
        return None
    uri = _as_uri(ctx, param, value)
    if uri.headers:
        raise click.BadParameter(f'"{value}" has header fields; write HOST or HOST:PORT.')
    return uri


def _as_header(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[tuple[bytes, bytes], ...]:
    del ctx, param
    return tuple(_header(each) for each in value)


def _header(text: str) -> tuple[bytes, bytes]:
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or TOKEN_PATTERN.fullmatch(name.encode()) is None:
        raise click.BadParameter(f'"{text}" is no header field; write "Name: value".')
    if any(character in value for character in "\r\n\0"):
        raise click.BadParameter(f"the value of {name} spans several lines.")
    if canonical(name.encode()) in OURS:
        raise click.BadParameter(f"{name} is written by the transaction; it cannot be replaced.")
    return name.encode(), value.encode()


def _as_method(ctx: click.Context, param: click.Parameter, value: str) -> bytes:
    del ctx, param
    if TOKEN_PATTERN.fullmatch(value.encode()) is None:
        raise click.BadParameter(f'"{value}" is no method.')
    if value in {"ACK", "CANCEL"}:
        raise click.BadParameter(f"{value} only ever follows another request.")
    return value.encode()


def _as_expected(ctx: click.Context, param: click.Parameter, value: str | None) -> Expected | None:
    del ctx, param
    try:
        return None if value is None else Expected(value)
    except ValueError:
        raise click.BadParameter(
            f'"{value}" is no final status; write one such as 486, or a class such as 4xx.'
        ) from None


def _as_body(ctx: click.Context, param: click.Parameter, value: str | None) -> bytes | None:
    del ctx, param
    if value is None or not value.startswith("@"):
        return None if value is None else value.encode()
    try:
        return Path(value[1:]).read_bytes()
    except OSError as refusal:
        raise click.BadParameter(f"{value[1:]} cannot be read: {refusal.strerror}.") from None


@click.command(short_help="Place one real request and draw what came back.")
@click.argument("uri", callback=_as_uri)
@click.option(
    "--method",
    default="INVITE",
    callback=_as_method,
    show_default=True,
    help="The request's method.",
)
@click.option(
    "--transport",
    type=click.Choice(["udp", "tcp"], case_sensitive=False),
    help="How to send it; by default as the URI of the first hop says, else udp.",
)
@click.option(
    "--proxy",
    callback=_as_proxy,
    metavar="HOST[:PORT]|URI",
    help="Send it to this outbound proxy, by a Route that names it, and not to what is dialled.",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    callback=_as_header,
    metavar="'NAME: VALUE'",
    help="A header field to add, or to send in place of the usual one. Repeatable.",
)
@click.option("--body", callback=_as_body, metavar="TEXT|@FILE", help="The body; '' for none.")
@click.option("--content-type", default="", help="What the body is.")
@click.option("--user", default="", help="The name to call as, and to authenticate as.")
@click.option(
    "--password",
    envvar=["RESPONDER_PROBE_PASSWORD", "RESPONDER_PASSWORD"],
    show_envvar=True,
    help="The password to answer 401 and 407 with.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=32.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a final response may take; then an INVITE is cancelled.",
)
@click.option(
    "--hold",
    type=click.FloatRange(0),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an answered call is kept before BYE.",
)
@click.option(
    "--expect",
    callback=_as_expected,
    metavar="CODE|CLASS",
    help="The final status that counts as success, such as 486 or 4xx; by default any.",
)
@click.option("--follow", is_flag=True, help="Follow a 3xx to its Contacts.")
@click.option(
    "--pcap",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every message to this capture file, for Wireshark or sngrep.",
)
@click.option(
    "--svg",
    "picture",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the ladder to this file too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("-v", "--verbose", count=True, help="-vv shows the messages themselves.")
@click.pass_context
def probe(
    ctx: click.Context,
    uri: Uri,
    method: bytes,
    transport: str | None,
    proxy: Uri | None,
    headers: tuple[tuple[bytes, bytes], ...],
    body: bytes | None,
    content_type: str,
    user: str,
    password: str | None,
    timeout: float,
    hold: float,
    expect: Expected | None,
    follow: bool,
    pcap: Path | None,
    picture: Path | None,
    as_json: bool,
    quiet: bool,
    verbose: int,
) -> None:
    """Call URI, such as sip:486@127.0.0.1, and draw the messages as a ladder.

    Exit status: 0 any final response, or the one that --expect names; 1 another one; 2 the command
    line is wrong; 3 nothing could be sent; 4 no final response came in time.
    """
    # It is the first hop that says how to get there (RFC 3263 section 4.1).
    asked = ((proxy or uri).param(b"transport") or b"").decode().lower()
    attempt = Attempt(
        uri=uri,
        method=method,
        transport=transport or asked or "udp",
        pinned=bool(transport or asked),
        headers=(*_headers_of(uri), *headers),
        body=body,
        kind=content_type.encode(),
        user=user.encode(),
        password=None if password is None else password.encode(),
        timeout=timeout,
        grace=_GRACE,
        hold=hold,
        follow=follow,
        agent=f"sip-responder/{__version__}".encode(),
        proxy=proxy,
    )
    screen = None if quiet or as_json else _Screen(attempt, raw=verbose > 1)
    try:
        with _capture(pcap) as capture:
            on_entry = screen.show if screen is not None else None
            result = asyncio.run(place(attempt, on_entry, capture))
    except Unplaced as obstacle:
        click.echo(f"{obstacle}.", err=True)
        ctx.exit(NOT_SENT)
    if picture is not None:
        _draw(result, picture)
    if screen is not None:
        screen.end(result)
    elif as_json:
        click.echo(json.dumps(_as_data(attempt, result), indent=2, ensure_ascii=False))
    if result.end in {TRANSPORT, TIMEOUT, CANCELLED}:
        why = explain(result)
        click.echo(f"{printable(why[:1].upper() + why[1:])}.", err=True)
    elif expect is not None and not expect.meets(result.status) and not quiet:
        click.echo(f"It was to end with {expect.text}, not with {result.status}.", err=True)
    ctx.exit(_status(result, expect))


@contextlib.contextmanager
def _capture(path: Path | None) -> Iterator[CaptureFile | None]:
    """Keep the capture file of ``--pcap`` open."""
    if path is None:
        yield None
        return
    epoch = time.time() - time.monotonic()
    try:
        file = CaptureFile(path, epoch=epoch, on_failure=lambda text: click.echo(text, err=True))
    except OSError as refusal:
        raise _unwritten(path, refusal) from None
    with contextlib.closing(file):
        yield file


def _draw(result: Result, path: Path) -> None:
    record = result.record
    drawn = svg(record, "probe", f"{record.source} ({record.transport})")
    try:
        path.write_text(drawn, encoding="utf-8")
    except OSError as refusal:
        raise _unwritten(path, refusal) from None


def _unwritten(path: Path, refusal: OSError) -> click.UsageError:
    return click.UsageError(f"{path} cannot be written: {refusal.strerror}.")


def _headers_of(uri: Uri) -> list[tuple[bytes, bytes]]:
    """Return the header fields that a URI asks for behind its ``?`` (RFC 3261 19.1.5)."""
    return [
        _header(f"{unescape(name).decode()}: {unescape(value).decode('utf-8', 'replace')}")
        for name, value in uri.headers
    ]


def _status(result: Result, expect: Expected | None) -> int:
    if expect is not None and expect.meets(result.status):
        return AS_EXPECTED
    if result.end == TRANSPORT:
        return NOT_SENT
    if result.end in {TIMEOUT, CANCELLED}:
        return NO_FINAL
    return ANOTHER_STATUS if expect is not None else AS_EXPECTED


class _Screen:
    """The ladder on a terminal, drawn while it happens."""

    def __init__(self, attempt: Attempt, *, raw: bool) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._method = attempt.method.decode()
        self._raw = raw
        self._ladder: Ladder | None = None

    def show(self, entry: Entry, result: Result) -> None:
        """Draw one entry; the first one brings the heading with it."""
        ladder = self._ladder or self._begin(entry, result)
        for line in ladder.lines(entry):
            self._print(line)
        if self._raw and entry.kind not in {"note", "fault"}:
            click.echo()
            for text in printable_lines(entry.data.rstrip(b"\r\n")):
                click.echo(f"    {text}".rstrip())
            click.echo()

    def end(self, result: Result) -> None:
        """Say how it ended, where there was an ending to speak of."""
        if result.final_at is not None:
            text = f"{result.status} {result.reason}".rstrip()
            kind: Kind = "success" if result.status < 300 else "failure"
            kind = "redirect" if 300 <= result.status < 400 else kind
            line = Line(kind, f"{text} after {_duration(result.final_at)}")
            click.echo()
            self._print(line)

    def _begin(self, entry: Entry, result: Result) -> Ladder:
        encoding = self._console.encoding
        self._ladder = Ladder(
            "probe",
            f"{result.record.source} ({result.record.transport})",
            started=entry.at,
            method=self._method,
            width=self._console.width if self._console.is_terminal else 80,
            ascii_only=not encoding.startswith("utf") or os.environ.get("TERM") == "dumb",
        )
        self._print(self._ladder.heading())
        return self._ladder

    def _print(self, line: Line) -> None:
        style = _STYLES[line.kind] + (" dim" if line.again else "")
        self._console.print(Text(printable(line.text.rstrip()), style=style))


def _duration(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _as_data(attempt: Attempt, result: Result) -> dict[str, object]:
    record = result.record
    return {
        "uri": record.target,
        "method": attempt.method.decode(),
        "transport": record.transport,
        "remote": record.source,
        "call_id": record.call_id,
        "end": result.end,
        "why": result.why,
        "status": result.status or None,
        "reason": result.reason,
        "understood_as": result.understood or None,
        "statuses": result.statuses,
        "first_response_seconds": _rounded(result.first_at),
        "final_response_seconds": _rounded(result.final_at),
        "hung_up_by_far_end": result.remote_hangup,
        "retransmissions": record.retransmissions,
        "entries": [
            {
                "at": _rounded(entry.at - record.started),
                "kind": entry.kind,
                "text": entry.data.decode("utf-8", "replace"),
            }
            for entry in record.entries
        ],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)

"""Values of options, read and checked before anything starts, and help that groups options."""

import ipaddress
import re
from pathlib import Path
from typing import Final

import click

from responder.net.allow import parse_network
from responder.net.errors import BadAddress
from responder.net.listen import Listen, parse_listen
from responder.net.rtp import PortRange, parse_ports
from responder.sip.users import EVERYONE, BadUsers, Users, parse_users

_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"([0-9]+)([kKmMgG]?)")
_TIME: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(|ms|s|m|h)")
_SECONDS: Final = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_UNITS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


class ListenType(click.ParamType[Listen]):
    """``TRANSPORT:HOST:PORT`` as `parse_listen` reads it."""

    name = "address"

    def convert(
        self, value: str | Listen, param: click.Parameter | None, ctx: click.Context | None
    ) -> Listen:
        """Return the address to bind."""
        if isinstance(value, Listen):
            return value
        try:
            return parse_listen(value)
        except BadAddress as mistake:
            self.fail(str(mistake), param, ctx)


class NetworkType(click.ParamType[str]):
    """A network as `parse_network` reads it; it stays text."""

    name = "cidr"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text, once it is known to be a network."""
        try:
            parse_network(value)
        except BadAddress as mistake:
            self.fail(str(mistake), param, ctx)
        return value


class PortsType(click.ParamType[PortRange | None]):
    """``FIRST-LAST``, ``0`` for any free ones, or ``off``, as `parse_ports` reads them."""

    name = "range"

    def convert(
        self,
        value: str | PortRange,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> PortRange | None:
        """Return the range; None for ``off``."""
        if isinstance(value, PortRange):
            return value
        try:
            return parse_ports(value)
        except BadAddress as mistake:
            self.fail(str(mistake), param, ctx)


class AdvertiseType(click.ParamType[tuple[str, int | None]]):
    """``HOST[:PORT]``; an IPv6 address stands in brackets when a port follows it."""

    name = "host"

    def convert(
        self,
        value: str | tuple[str, int | None],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, int | None]:
        """Return host, without brackets, and port."""
        if isinstance(value, tuple):
            return value
        host, digits = value, ""
        if value.startswith("["):
            host, closed, digits = value[1:].partition("]")
            if not closed:
                self.fail(f'"{value}" has no closing bracket; write [::1]:5060.', param, ctx)
        elif value.count(":") == 1:
            host, _, digits = value.partition(":")
            digits = ":" + digits
        if not _is_host(host):
            self.fail(f'"{value}" is not a host; write a name, or an IP address.', param, ctx)
        if not digits:
            return host, None
        number = digits[1:]
        if digits[0] != ":" or not (number.isascii() and number.isdigit()):
            self.fail(f'"{value}" has no port after its colon.', param, ctx)
        if not 1 <= int(number) <= 65535:
            self.fail(f'"{number}" in "{value}" is not a port from 1 to 65535.', param, ctx)
        return host, int(number)


class AmountType(click.ParamType[int]):
    """A whole number from 1, with a unit of 1,024 (``64k``, ``16m``) if wanted."""

    name = "number"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number."""
        if isinstance(value, int):
            return value
        found = _NUMBER.fullmatch(value)
        amount = int(found[1]) * _UNITS[found[2].lower()] if found else 0
        if not amount:
            self.fail(f'"{value}" is not a number from 1, such as 4096 or 64k.', param, ctx)
        return amount


class DurationType(click.ParamType[float]):
    """A time in seconds, or with a unit: ``90s``, ``30m``, ``4h``."""

    name = "time"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        if isinstance(value, float):
            return value
        found = _TIME.fullmatch(value)
        if found is None:
            self.fail(f'"{value}" is not a time, such as 90, 30m or 4h.', param, ctx)
        return float(found[1]) * _SECONDS[found[2]]


class UsersType(click.ParamType[Users]):
    """``any``, or the name of a file that `parse_users` reads."""

    name = "file"

    def convert(
        self, value: str | Users, param: click.Parameter | None, ctx: click.Context | None
    ) -> Users:
        """Return the users."""
        if isinstance(value, Users):
            return value
        if value == "any":
            return EVERYONE
        try:
            return parse_users(Path(value).read_text(encoding="utf-8-sig"))
        except OSError as failure:
            self.fail(f'"{value}" cannot be read: {failure.strerror}.', param, ctx)
        except UnicodeDecodeError:
            self.fail(f'"{value}" is not in UTF-8.', param, ctx)
        except BadUsers as mistake:
            self.fail(f"{value}: {mistake}", param, ctx)


class RealmType(click.ParamType[bytes]):
    """A text that a quoted string can hold, in UTF-8."""

    name = "text"

    def convert(
        self, value: str | bytes, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Return the realm's bytes."""
        if isinstance(value, bytes):
            return value
        if not value or not value.isprintable():
            self.fail("a realm is a text without control characters, and not empty.", param, ctx)
        return value.encode()


class LimitOption(click.Option):
    """An option that bounds what peers may use."""


class WebOption(click.Option):
    """An option of what is served over HTTP."""


class RecordOption(click.Option):
    """An option that bounds what is remembered."""


_HEADINGS: Final[dict[type[click.Parameter], str]] = {
    WebOption: "HTTP",
    LimitOption: "Limits (a number, or one such as 64k)",
    RecordOption: "Record of calls",
}


class GroupedCommand(click.Command):
    """A command whose help shows options of a class of their own under a heading."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group; in each they have the order of their declaration."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            # Some versions of click give arguments a record too; the line of usage shows them.
            row = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if row is not None:
                heading = _HEADINGS.get(type(param), "Options")
                groups.setdefault(heading, []).append(row)
        for heading in ("Options", *_HEADINGS.values()):
            if heading in groups:
                with formatter.section(heading):
                    formatter.write_dl(groups[heading])


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _NAME.fullmatch(text) is not None
    return True

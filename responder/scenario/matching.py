"""Conditions on requests, compiled: what a rule asks of one field, and what it says when it misses.

This file is on the hot path.
"""

import ipaddress
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from responder.scenario.view import Read, Values, View
from responder.sip.errors import Malformed
from responder.sip.headers.uri import equal, parse_uri

Predicate: TypeAlias = Callable[[Values], bool]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SHOWN: Final = 60
_SOURCES_REMEMBERED: Final = 1_024


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that a rule asks of a request.

    Attributes:
        field: what it looks at, as scenario files name it: ``uri.user``, ``header Subject``.
        wanted: what it asks, for people.
        place: where it is written, as ``file:line``; empty for none.
        passes: whether a request has it. Never raises.
        got: what a request has in its place, for people.
        indexed: whether the index of rules has seen to it: an exact method or user part.
    """

    field: str
    wanted: str
    place: str
    passes: Callable[[View], bool]
    got: Callable[[View], str]
    indexed: bool = False


def on_field(
    field: str, wanted: str, place: str, read: Read, holds: Predicate, indexed: bool = False
) -> Condition:
    """Return the condition of a field's values; see `Condition`."""
    return Condition(
        field,
        wanted,
        place,
        lambda view: holds(read(view)),
        lambda view: shown(read(view)),
        indexed,
    )


def any_match(field: str, place: str, matches: Sequence[Sequence[Condition]]) -> Condition:
    """Return a condition that holds when all conditions of one of several matches do."""
    conditions = tuple(tuple(match) for match in matches)
    wanted = f"any of {len(conditions)} matches"
    return Condition(
        field,
        wanted,
        place,
        lambda view: any(_all_pass(match, view) for match in conditions),
        lambda _: "none of them",
    )


def all_matches(field: str, place: str, matches: Sequence[Sequence[Condition]]) -> Condition:
    """Return a condition that holds when every condition of every match does."""
    conditions = tuple(condition for match in matches for condition in match)
    return Condition(
        field,
        f"all of {len(matches)} matches",
        place,
        lambda view: _all_pass(conditions, view),
        lambda view: missing(conditions, view),
    )


def no_match(field: str, place: str, match: Sequence[Condition]) -> Condition:
    """Return a condition that holds unless every condition of a match does."""
    conditions = tuple(match)
    wanted = "not " + " and ".join(
        f"{condition.field} {condition.wanted}" for condition in conditions
    )
    return Condition(field, wanted, place, lambda v: not _all_pass(conditions, v), lambda _: "that")


def _all_pass(conditions: tuple[Condition, ...], view: View) -> bool:
    return all(condition.passes(view) for condition in conditions)


def missing(conditions: Sequence[Condition], view: View) -> str:
    """Return the fields of the conditions that a request does not meet, with commas between."""
    return ", ".join(condition.field for condition in conditions if not condition.passes(view))


def shown(values: Values) -> str:
    """Return the values of a field for people, cut where they are long."""
    if not values:
        return "nothing"
    texts = [value.decode("utf-8", "backslashreplace") for value in values]
    return ", ".join(text if len(text) <= _SHOWN else text[:_SHOWN] + "..." for text in texts)


# Predicates over the values of a field: each holds if it holds for one of them.


def equals(wanted: bytes) -> Predicate:
    """Return whether a value is exactly this."""
    return lambda values: wanted in values


def equals_folded(wanted: bytes) -> Predicate:
    """Return whether a value is this, capitals or not."""
    folded = wanted.lower()
    return lambda values: any(value.lower() == folded for value in values)


def equals_uri(wanted: bytes) -> Predicate:
    """Return whether a value is an equal URI (RFC 3261 section 19.1.4).

    Raises:
        Malformed: what is wanted is no URI.
    """
    uri = parse_uri(wanted)

    def holds(values: Values) -> bool:
        for value in values:
            try:
                if value == wanted or equal(parse_uri(value), uri):
                    return True
            except Malformed:
                continue
        return False

    return holds


def contains(wanted: bytes, fold: bool) -> Predicate:
    """Return whether this occurs in a value; capitals or not if ``fold``."""
    if not fold:
        return lambda values: any(wanted in value for value in values)
    folded = wanted.lower()
    return lambda values: any(folded in value.lower() for value in values)


def starts(wanted: bytes, fold: bool) -> Predicate:
    """Return whether a value starts with this; capitals or not if ``fold``."""
    if not fold:
        return lambda values: any(value.startswith(wanted) for value in values)
    folded = wanted.lower()
    return lambda values: any(value.lower().startswith(folded) for value in values)


def searched(search: Callable[[bytes], bool]) -> Predicate:
    """Return whether a pattern is found in a value."""
    return lambda values: any(search(value) for value in values)


def present(wanted: bool) -> Predicate:
    """Return whether there is a value, or whether there is none."""
    return bool if wanted else operator.not_


def one_of(predicates: Sequence[Predicate]) -> Predicate:
    """Return whether at least one predicate holds."""
    kept = tuple(predicates)
    return lambda values: any(holds(values) for holds in kept)


def each_of(predicates: Sequence[Predicate]) -> Predicate:
    """Return whether every predicate holds."""
    kept = tuple(predicates)
    return kept[0] if len(kept) == 1 else lambda values: all(holds(values) for holds in kept)


def negated(predicate: Predicate) -> Predicate:
    """Return whether a predicate does not hold."""
    return lambda values: not predicate(values)


def in_networks(networks: Sequence[Network]) -> Predicate:
    """Return whether an IP address belongs to one of several networks.

    An IPv4 address that is mapped into IPv6 counts as the IPv4 address.
    """
    kept = tuple(networks)

    def belongs(host: bytes) -> bool:
        try:
            address = ipaddress.ip_address(host.decode("ascii", "replace").partition("%")[0])
        except ValueError:
            return False
        if address.version == 6 and address.ipv4_mapped is not None:
            return any(address.ipv4_mapped in network for network in kept)
        return any(address in network for network in kept)

    remembered = lru_cache(maxsize=_SOURCES_REMEMBERED)(belongs)
    return lambda values: any(remembered(value) for value in values)

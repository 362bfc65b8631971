"""What the registry says of one status code, and of one header field that goes with it."""

from dataclasses import dataclass

CLASS_NAMES = {
    1: "Provisional",
    2: "Success",
    3: "Redirection",
    4: "Client Error",
    5: "Server Error",
    6: "Global Failure",
}
"""RFC 3261 section 7.2: what the first digit of a status means."""


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header field that a response with this code carries, and when.

    A rule applies to a request when the request's method is in `methods` (an empty set stands for
    every method) and all of `when` holds. A rule that applies goes into the response by default if
    `send` is true; the others are for those who ask for them.

    Rules that share a `one_of` group are alternatives: those whose conditions hold are taken, and
    if the conditions of none hold, the first of the group stands for all. So a 415 whose cause is
    unknown still says what would have been accepted.
    """

    name: str
    """The field's name as its RFC spells it."""
    need: str
    """`required` or `recommended`."""
    value: str
    """The default value: literal text, in which `{builder}` stands for a computed part."""
    methods: frozenset[str]
    """The request methods that the rule is confined to; empty: all."""
    when: tuple[str, ...]
    """Conditions that must all hold, in the vocabulary of `responder.codes.loader`."""
    send: bool
    """Whether it is sent without being asked for."""
    one_of: str | None
    """The group of alternatives that it belongs to."""

    def as_data(self) -> dict[str, object]:
        """The rule in the types that JSON has; `methods` in alphabetical order."""
        return {
            "name": self.name,
            "need": self.need,
            "value": self.value,
            "methods": sorted(self.methods),
            "when": list(self.when),
            "send": self.send,
            "one_of": self.one_of,
        }


@dataclass(frozen=True, slots=True)
class Code:
    """One status code: what it is called, where it is defined, what makes it correct."""

    status: int
    """100 to 699."""
    phrase: str
    """The reason phrase that is registered today."""
    requested: str | None
    """The phrase in the table that this project started from, where that differs."""
    rfc: str
    """The RFC that defines the code, such as `RFC 3261`."""
    sections: str
    """Section numbers of `rfc`, then places elsewhere (`RFC 5393 §4`), with `; ` between them."""
    state: str
    """`current`, `deprecated` or `reserved`."""
    registered: bool
    """Whether IANA lists the code."""
    methods: tuple[str, ...]
    """The requests that it typically answers; `("any",)`: every request but ACK."""
    description: str
    """What it means and when a UAS sends it, in one to three sentences."""
    headers: tuple[HeaderRule, ...]
    """The header fields that are particular to the code, required ones and recommended ones."""
    known: bool
    """False if the registry has no entry, and all but `status` was taken from the class."""

    @property
    def klass(self) -> int:
        """The first digit, 1 to 6 (RFC 3261 section 7.2)."""
        return self.status // 100

    @property
    def references(self) -> tuple[str, ...]:
        """Every place that says something of the code, the defining one first."""
        return tuple(
            section if section.startswith("RFC") else f"{self.rfc} §{section}"
            for section in self.sections.split("; ")
        )

    @property
    def reference(self) -> str:
        """The defining RFC and section, such as `RFC 3261 §21.4.24`."""
        return self.references[0]

    def as_data(self) -> dict[str, object]:
        """The code in the types that JSON has."""
        return {
            "status": self.status,
            "phrase": self.phrase,
            "requested": self.requested,
            "class": f"{self.klass}xx",
            "rfc": self.rfc,
            "references": list(self.references),
            "state": self.state,
            "registered": self.registered,
            "methods": list(self.methods),
            "description": self.description,
            "headers": [rule.as_data() for rule in self.headers],
            "known": self.known,
        }

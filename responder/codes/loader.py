"""The entries of `registry.toml`, checked key by key as they are read.

An entry is a table whose name is the status. Its keys:

`phrase`, `rfc`, `sections`, `status`, `methods`, `description`
    as in `Code`; `status` is `current`, `deprecated` or `reserved`.
`requested`
    the phrase in the table that this project started from, only where it differs.
`iana`
    `false` for a code that IANA does not list.
`headers`
    an array of tables with the keys of `HeaderRule`. `when` is one string, its conditions joined
    by `` and ``. `send` defaults to true for a required field and to false for a recommended one.

The conditions of `when`:

`in-request`
    the request carries this header field.
`supported:TAG`, `not-supported:TAG`
    the Supported field of the request lists the option tag, or does not.
`dialog`
    the response creates a dialog or belongs to one.
`reliable`
    a provisional response is sent reliably (RFC 3262).
`body`
    a body is attached.
`cause:type`, `cause:encoding`, `cause:language`
    what about the request's body was refused.
"""

import re
import tomllib

from responder.codes.code import Code, HeaderRule

BUILDERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "alertmsg-error",
        "allow",
        "allow-events",
        "alternatives",
        "bindings",
        "challenge",
        "contact",
        "date",
        "entity-tag",
        "expires",
        "geolocation-error",
        "host",
        "min-expires",
        "min-se",
        "missing-uris",
        "proxy",
        "proxy-challenge",
        "recv-info",
        "redirect",
        "required-extension",
        "retry-after-0-10",
        "rseq",
        "security-server",
        "session-expires",
        "supported",
        "timestamp",
        "unsupported",
    }
)
"""The names that may stand in braces in a value. Beside them, `{request:NAME}` stands for the value
of the request's header field NAME."""

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A `{builder}` in a value; group 1 is the name. A value holds no other brace."""

_REQUEST_HEADER = re.compile(r"request:[A-Za-z][A-Za-z0-9-]*")
_CONDITION = re.compile(
    r"in-request|dialog|reliable|body|cause:(?:type|encoding|language)"
    r"|(?:not-)?supported:[a-z0-9.-]+"
)
_NEEDS = frozenset({"required", "recommended"})
_STATES = frozenset({"current", "deprecated", "reserved"})
_CODE_KEYS = frozenset(
    {
        "description",
        "headers",
        "iana",
        "methods",
        "phrase",
        "requested",
        "rfc",
        "sections",
        "status",
    }
)
_RULE_KEYS = frozenset({"methods", "name", "need", "one_of", "send", "value", "when"})


def read(text: str) -> dict[int, Code]:
    """The codes that the TOML document `text` describes, by status, in ascending order.

    Raises ValueError that names the entry and the key at fault.
    """
    entries = tomllib.loads(text)
    codes = (_code(_status(name), Entry(f"[{name}]", table)) for name, table in entries.items())
    return {code.status: code for code in sorted(codes, key=lambda code: code.status)}


class Entry:
    """A table of the file, whose values are taken out by key and type.

    Every fault raises ValueError with `place` (the table) and the key in its text.
    """

    __slots__ = ("_table", "place")

    def __init__(self, place: str, table: object) -> None:
        self.place = place
        if not isinstance(table, dict):
            raise ValueError(f"registry.toml {place}: must be a table")
        self._table = table

    def fault(self, key: str, what: str) -> ValueError:
        """The error to raise for `key`; `what` completes a sentence that starts with the key."""
        return ValueError(f"registry.toml {self.place}: {key} {what}")

    def only(self, keys: frozenset[str]) -> None:
        """Insist that the table has no key beyond `keys`."""
        for key in self._table:
            if key not in keys:
                raise self.fault(repr(key), f"is not a key; the keys are {_listed(keys)}")

    def text(self, key: str) -> str:
        """The text under `key`, which must be there and not be blank."""
        text = self.optional_text(key)
        if text is None:
            raise self.fault(key, "is missing")
        return text

    def optional_text(self, key: str) -> str | None:
        """The text under `key`, which must not be blank, or None without that key."""
        text = self._table.get(key)
        if text is not None and (not isinstance(text, str) or not text.strip()):
            raise self.fault(key, f"must be text, not {text!r}")
        return text

    def choice(self, key: str, choices: frozenset[str]) -> str:
        """The text under `key`, which must be one of `choices`."""
        text = self.text(key)
        if text not in choices:
            raise self.fault(key, f"must be one of {_listed(choices)}, not {text!r}")
        return text

    def flag(self, key: str, default: bool) -> bool:
        """The boolean under `key`, or `default` without that key."""
        flag = self._table.get(key, default)
        if not isinstance(flag, bool):
            raise self.fault(key, f"must be true or false, not {flag!r}")
        return flag

    def texts(self, key: str) -> tuple[str, ...]:
        """The array of text under `key`; empty without that key."""
        array = self._array(key)
        texts = tuple(text for text in array if isinstance(text, str))
        if len(texts) < len(array):
            raise self.fault(key, f"must be a list of text, not {array!r}")
        return texts

    def entries(self, key: str) -> list["Entry"]:
        """The array of tables under `key`; empty without that key."""
        return [
            Entry(f"{self.place} {key}[{index}]", table)
            for index, table in enumerate(self._array(key))
        ]

    def _array(self, key: str) -> list[object]:
        array = self._table.get(key, [])
        if not isinstance(array, list):
            raise self.fault(key, f"must be a list, not {array!r}")
        return array


def _status(name: str) -> int:
    if not re.fullmatch("[1-6][0-9][0-9]", name):
        raise ValueError(f"registry.toml [{name}]: an entry's name is a status from 100 to 699")
    return int(name)


def _code(status: int, entry: Entry) -> Code:
    entry.only(_CODE_KEYS)
    methods = entry.texts("methods")
    if not methods:
        raise entry.fault("methods", 'must name a method, or be ["any"]')
    return Code(
        status=status,
        phrase=entry.text("phrase"),
        requested=entry.optional_text("requested"),
        rfc=entry.text("rfc"),
        sections=entry.text("sections"),
        state=entry.choice("status", _STATES),
        registered=entry.flag("iana", default=True),
        methods=methods,
        description=entry.text("description"),
        headers=tuple(_header_rule(rule) for rule in entry.entries("headers")),
        known=True,
    )


def _header_rule(entry: Entry) -> HeaderRule:
    entry.only(_RULE_KEYS)
    need = entry.choice("need", _NEEDS)
    return HeaderRule(
        name=entry.text("name"),
        need=need,
        value=_value(entry),
        methods=frozenset(entry.texts("methods")),
        when=_conditions(entry),
        send=entry.flag("send", default=need == "required"),
        one_of=entry.optional_text("one_of"),
    )


def _value(entry: Entry) -> str:
    value = entry.text("value")
    for name in PLACEHOLDER.findall(value):
        if name not in BUILDERS and not _REQUEST_HEADER.fullmatch(name):
            raise entry.fault("value", f"names {{{name}}}, which is not a builder")
    if set("{}") & set(PLACEHOLDER.sub("", value)):
        raise entry.fault("value", f"has a brace without its pair: {value!r}")
    return value


def _conditions(entry: Entry) -> tuple[str, ...]:
    text = entry.optional_text("when")
    conditions = () if text is None else tuple(text.split(" and "))
    for condition in conditions:
        if not _CONDITION.fullmatch(condition):
            raise entry.fault("when", f"has {condition!r}, which is not a condition")
    return conditions


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))

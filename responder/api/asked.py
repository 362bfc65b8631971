"""What a request has to be, as keyword arguments: the keys of ``match`` in scenario files.

A key is written as Python lets it be: ``uri_user`` for ``uri.user``, ``call_id`` for ``call-id``,
``from_`` for ``from``. A bare number or name for ``to``, ``from_``, ``uri`` or ``contact``
stands for the user part: ``to="1001"`` is ``to.user: 1001``.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final, TypedDict

from responder.api.matchers import Matcher, Wanted
from responder.api.spot import Spot
from responder.queries import conditions_of
from responder.scenario.matching import Condition

_ADDRESSES: Final = frozenset({"to", "from", "uri", "contact"})


class Asked(TypedDict, total=False):
    """The keyword arguments; each is optional, and all that are given must hold.

    ``match`` takes further keys as scenario files write them, such as
    ``{"uri.param.transport": "tcp"}``.
    """

    uri: Wanted
    uri_user: Wanted
    uri_host: Wanted
    from_: Wanted
    from_user: Wanted
    from_host: Wanted
    from_display: Wanted
    from_tag: Wanted
    to: Wanted
    to_user: Wanted
    to_host: Wanted
    to_display: Wanted
    to_tag: Wanted
    contact: Wanted
    contact_user: Wanted
    contact_host: Wanted
    contact_display: Wanted
    header: Mapping[str, Wanted]
    body: Wanted
    call_id: Wanted
    source: str | Sequence[str]
    transport: str | Sequence[str]
    port: int | Sequence[int]
    listener: str | Sequence[str]
    any: Sequence[Mapping[str, object]]
    all: Sequence[Mapping[str, object]]
    not_: Mapping[str, object]
    match: Matcher


def match_of(asked: Asked, method: str | Sequence[str] | None = None) -> dict[str, object]:
    """Return the ``match`` of a scenario file that keyword arguments stand for."""
    made: dict[str, object] = {} if method is None else {"method": method}
    for name, value in asked.items():
        if name == "match" and isinstance(value, Mapping):
            made.update(value)
            continue
        key = _key(name)
        if key in _ADDRESSES and _is_user(value):
            key = f"{key}.user"
        made[key] = value
    return made


def query(asked: Asked, method: str | Sequence[str] | None, spot: Spot) -> tuple[Condition, ...]:
    """Return what keyword arguments ask of a request.

    Args:
        asked: the keyword arguments.
        method: the method, or several; None for any.
        spot: where the program wrote them.

    Raises:
        BadScenario: with everything that is wrong with them.
    """
    match = match_of(asked, method)
    if not match:
        return ()
    # Not at the top: pydantic takes longer to import than all the rest.
    loader = import_module("responder.scenario.loader")
    written = import_module("responder.api.written")
    data = written.table({"rules": [{"match": match, "respond": 200}]}, spot.place)
    return conditions_of(loader.model_of(data, spot.file, spot.stem))


def _key(name: str) -> str:
    if name == "call_id":
        return "call-id"
    word, _, part = name.rstrip("_").partition("_")
    return f"{word}.{part}" if part else word


def _is_user(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and not set(value) & set(":@"))

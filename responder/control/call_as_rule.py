"""A call turned back into what would have answered it: a rule, and a test that has it."""

import pprint
from collections import Counter
from collections.abc import Iterator
from typing import Final

from responder.codes import lookup
from responder.control.problem import Problem
from responder.journal.record import Record
from responder.report.characters import harmless
from responder.scenario.yaml_writer import write_yaml
from responder.sip.grammar import unescape
from responder.sip.message import Message, parse

_SHORTEST: Final = 0.05
"""Seconds between two responses from which on a rule waits."""

_MADE: Final = frozenset(
    {
        *("via", "from", "to", "call-id", "cseq", "content-length", "content-type", "contact"),
        *("record-route", "server", "allow", "accept", "supported", "require", "rseq", "date"),
        *("www-authenticate", "proxy-authenticate", "timestamp", "session-expires", "path"),
        *("unsupported", "allow-events", "sip-etag", "expires", "service-route"),
    }
)
"""Header fields that a response has by itself, or that belong to its call alone."""

_DESCRIPTION: Final = b"application/sdp"

Value = dict[str, object]


def rule_of(record: Record) -> Value:
    """Return a rule, as a scenario file has it, that gives such a request this answer.

    Raises:
        Problem: the record does not hold the request any more, or no rule can get it.
    """
    request = record.request
    if request is None:
        raise Problem(409, f"The messages of call {record.number} are not kept any more.")
    match: Value = {"method": record.method}
    if record.user and record.method != "REGISTER":
        match["uri.user"] = unescape(record.user).decode("utf-8", "replace")
    steps = list(_steps(record))
    answer: object = steps[0] if len(steps) == 1 else steps
    return {"name": f"call {record.number}", "match": match, "respond": answer or "silent"}


def as_yaml(record: Record) -> str:
    """Return the same as YAML: a scenario with that rule."""
    return f"# {_about(record)}\n{write_yaml({'rules': [rule_of(record)]})}"


def as_test(record: Record) -> str:
    """Return a test for pytest in which such a request gets this answer."""
    rule = rule_of(record)
    match = rule["match"]
    assert isinstance(match, dict)
    user = match.get("uri.user")
    asked = f", uri_user={user!r}" if user is not None else ""
    waited = f"method={record.method!r}{asked}"
    answer = pprint.pformat(rule["respond"], width=88, sort_dicts=False).replace("\n", "\n    ")
    about = _about(record).replace("\\", "/").replace('"', "'")
    return f'''"""{about}"""


def call(uri: str) -> None:
    """Have the phone or PBX that is tested send {record.method} to this URI."""
    raise NotImplementedError(f"have it send {record.method} to {{uri}}")


def test_call_{record.number}(sip_responder):
    answer = {answer}
    sip_responder.expect({record.method!r}{asked}).respond(answer)
    call(sip_responder.uri_for({user or ""!r}))
    got = sip_responder.wait_for_call({waited})
    assert got.statuses == {list(record.statuses)}
'''


def _about(record: Record) -> str:
    record.identify()
    got = " ".join(map(str, record.statuses)) or "no answer"
    return harmless(f"Call {record.number}: {record.method} {record.target} got {got}.", "?")


def _steps(record: Record) -> Iterator[object]:
    """Yield what the first transaction got, step by step, and the BYE that we sent after it."""
    at = record.started
    answered = 0
    lost = Counter(bytes(each.data) for each in record.entries if each.kind == "suppressed")
    for entry in record.entries:
        # The first copy stands for all of them: the later ones are lost with it, or sent again.
        drop = lost.pop(entry.data, 0) if entry.kind == "suppressed" else 0
        if entry.kind != "sent" and not drop:
            continue
        message = parse(entry.data)
        bye = message.method == b"BYE" and 200 <= answered < 300
        if not bye and (answered >= 200 or not _answers(message, record)):
            continue
        if message.status == 100 and record.method == "INVITE":
            continue
        gap = entry.at - at
        at = entry.at
        if gap >= _SHORTEST:
            yield {"wait": _duration(gap)}
        if bye:
            yield {"send": "BYE"}
            return
        answered = message.status
        yield _response(message, drop)


def _answers(message: Message, record: Record) -> bool:
    """Whether a message is a response to the request that began the record."""
    cseq = message.fields.get(b"cseq", b"").split()
    return bool(message.status) and cseq[-1:] == [record.method.encode()]


def _response(message: Message, drop: int) -> object:
    """Return a step that responds; ``drop`` is how many transmissions never leave."""
    step: Value = {"status": message.status}
    phrase = message.reason.decode("utf-8", "replace")
    code = lookup(message.status)
    if phrase and phrase != code.phrase:
        step["reason"] = phrase
    headers: Value = {}
    for name, values in _fields(message):
        if name.lower() not in _MADE:
            headers[name] = values[0] if len(values) == 1 else values
    if headers:
        step["headers"] = headers
    kind = message.fields.get(b"content-type", b"").split(b";")[0].strip().lower()
    body = bytes(message.body)
    if body and kind != _DESCRIPTION:
        kinds = message.fields[b"content-type"].decode("utf-8", "replace")
        step["body"] = {"type": kinds, "text": body.decode("utf-8", "replace")}
    if drop:
        step["fault"] = {"drop": drop}
    return step if len(step) > 1 else message.status


def _fields(message: Message) -> Iterator[tuple[str, list[str]]]:
    """Yield the header fields as they are spelt, each once with all its lines."""
    head = bytes(message.data).partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    found: dict[str, tuple[str, list[str]]] = {}
    for line in head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.lower(), (name.strip(), []))[1].append(value.strip())
    yield from found.values()


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    return f"{round(seconds, 1):g}s"

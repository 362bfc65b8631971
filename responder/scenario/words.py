"""What a program does, in words for people."""

from typing import Final

from responder.scenario.situation import said
from responder.scenario.steps import (
    Ask,
    Change,
    Close,
    Hold,
    Program,
    Raw,
    Receive,
    Respond,
    Set,
    Step,
    Wait,
)

_AFTERWARDS: Final = {
    "cycle": "then over again",
    "repeat-last": "and so on",
    "unmatched": "then none",
}


def describe(program: Program) -> str:
    """Return a program in words, such as ``180, 2 s, then 486``; equal attempts are told once."""
    told: list[tuple[int, str]] = []
    for steps in program.attempts:
        words = _attempt(steps)
        if told and told[-1][1] == words:
            told[-1] = (told[-1][0] + 1, words)
        else:
            told.append((1, words))
    if len(program.attempts) == 1 and program.then != "unmatched":
        return told[0][1]
    parts = [words if times == 1 else f"{times} times {words}" for times, words in told]
    return "; ".join([*parts, _AFTERWARDS[program.then]])


def _attempt(steps: tuple[Step, ...]) -> str:
    words = [_step(step) for step in steps]
    if len(words) > 1:
        words[-1] = "then " + words[-1]
    return ", ".join(words)


def _step(step: Step) -> str:
    if isinstance(step, Respond) and step.fault is not None:
        return f"{_plain(step)} with {step.fault}"
    return _plain(step)


def _plain(step: Step) -> str:
    match step:
        case Respond(status=status, reason=None):
            return str(status)
        case Respond(status=status, reason=bytes(reason)):
            return f"{status} {reason.decode('utf-8', 'backslashreplace')}".rstrip()
        case Wait(drawn=drawn) if drawn is not None:
            return str(drawn)
        case Wait(seconds=seconds) if 0 < seconds < 1:
            return f"{seconds * 1000:g} ms"
        case Wait(seconds=seconds):
            return f"{seconds:g} s"
        case Set(changes=changes, after=after):
            return _changes(changes) + (f" after {after:g} s" if after else "")
        case Hold():
            return "hold until the caller ends it"
        case Receive():
            return f"receive {step.what}"
        case Ask(method=method):
            return f"send {method.decode()}"
        case Raw(data=data):
            return f"send {len(data)} bytes as they stand"
        case Close(reset=reset):
            return f"{'reset' if reset else 'close'} the connection"
        case _:
            return "no answer"


def _changes(changes: tuple[Change, ...]) -> str:
    told = [
        f"{said(change.variable)} {change.add:+g}"
        if change.value is None
        else f"{said(change.variable)} is {change.value}"
        for change in changes
    ]
    return ", ".join(told)

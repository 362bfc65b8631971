"""What can never be carried out of a list of steps, as far as its file alone can tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from responder.scenario.call_model import ReceiveStep, SendStep
from responder.scenario.step_list import Step
from responder.scenario.step_model import Path, SilentStep, StatusStep, WaitStep
from responder.sip.dialog import FATAL

Note: TypeAlias = Callable[[Path, str], None]

_WAITING: Final = "waiting"
_ANSWERED: Final = "answered"
_REFUSED: Final = "refused"
_HUNG_UP: Final = "hung up"


@dataclass(frozen=True, slots=True)
class _State:
    """How far a call has come.

    Attributes:
        phase: what became of the request that began it.
        final: its final status; 0 before.
        dialog: whether there is a dialog, an early one too.
        received: the method of the request that a status step would answer; empty for none.
        cancelled: whether a CANCEL was received, which may have brought the 487.
        reliable: whether a status was sent reliably.
        asked: whether a request of ours was sent.
        ended: after what nothing can follow, in words; empty for nothing of that kind.
    """

    phase: str = _WAITING
    final: int = 0
    dialog: bool = False
    received: str = ""
    cancelled: bool = False
    reliable: bool = False
    asked: bool = False
    ended: str = ""


def follow(steps: Sequence[Step], methods: Sequence[str], note: Note, at: Path) -> None:
    """Note every step of an attempt that can never be carried out, and why.

    Args:
        steps: the steps as written.
        methods: the methods of the requests that they answer; empty for any.
        note: takes a part of the file and a sentence.
        at: where in the file the steps stand.
    """
    _Course(methods, note).walk(steps, _State(), at, more=False)


class _Course:
    def __init__(self, methods: Sequence[str], note: Note) -> None:
        self._call = not methods or "INVITE" in methods
        self._methods = methods
        self._note = note

    def walk(self, steps: Sequence[Step], state: _State, at: Path, more: bool) -> _State:
        """Follow steps from a state on, and return the state behind them.

        Args:
            steps: the steps.
            state: where the call stands.
            at: where in the file they stand.
            more: whether others follow them.
        """
        for place, step in enumerate(steps):
            where = (*at, place)
            if state.ended:
                self._note(where, f"never carried out: {state.ended} comes before it")
                continue
            if isinstance(step, StatusStep):
                state = self._status(step, state, where)
            elif isinstance(step, ReceiveStep):
                state = self._receive(step, state, where)
            elif isinstance(step, SendStep):
                state = self._send(step, state, where)
            elif isinstance(step, SilentStep):
                state = replace(state, ended="silence")
            elif isinstance(step, WaitStep):
                left = steps[place + 1 :]
                idle = not more and all(isinstance(each, WaitStep) for each in left)
                if idle and state.phase != _WAITING:
                    self._note(where, "a wait that nothing follows: leave it out")
        return state

    def _status(self, step: StatusStep, state: _State, where: Path) -> _State:
        status, received = step.status, state.received
        if received and _answers(step, received):
            if status < 200:
                return state
            if received == "BYE" and status >= 300 and status not in FATAL:
                state = replace(state, phase=_ANSWERED)  # it was refused: the call stands
            return replace(state, received="")
        if step.to is not None and step.to not in {"INVITE", *self._methods}:
            if self._methods or step.to != received:
                self._note((*where, "to"), f"no {step.to} is received before it")
            return state
        if state.phase != _WAITING:
            self._note(where, f"never carried out: {_behind(state)} comes before it")
            return state
        if status < 200:
            dialog = state.dialog or (status > 100 and self._call)
            return replace(state, dialog=dialog, reliable=state.reliable or bool(step.reliable))
        if self._call and status < 300:
            return replace(state, phase=_ANSWERED, final=status, dialog=True)
        return replace(state, phase=_REFUSED, final=status, dialog=False)

    def _receive(self, step: ReceiveStep, state: _State, where: Path) -> _State:
        why = self._unheard(step.receive, state)
        if why:
            self._note(where, why)
            return state
        if step.otherwise:
            self.walk(step.otherwise, state, (*where, "otherwise"), more=True)
        method = step.receive
        if method == "CANCEL":
            return replace(state, cancelled=True)
        if _is_status(method) or method == "ACK":
            return state
        if method == "BYE":
            state = replace(state, phase=_HUNG_UP)
        return replace(state, received=method)

    def _unheard(self, word: str, state: _State) -> str:
        """Return why what a step waits for can never come; empty if it may."""
        if not self._call:
            return f"only a call goes on: the rule answers {self._methods[0]}"
        if _is_status(word):
            return "" if state.asked else "no request of ours comes before it"
        if word == "ACK":
            if state.phase == _WAITING and not state.cancelled:
                return "an ACK follows a final status: none comes before it"
            return ""
        if word == "CANCEL":
            if state.phase != _WAITING:
                return f"a CANCEL comes before the final status: {state.final} comes before it"
            return ""
        if state.phase in {_REFUSED, _HUNG_UP}:
            return f"never carried out: {_behind(state)} comes before it"
        if word == "PRACK" and not state.reliable:
            return "a PRACK follows a reliable status: none comes before it"
        if not state.dialog:
            return "there is no dialog yet: a status from 101 to 299 has to come before it"
        return ""

    def _send(self, step: SendStep, state: _State, where: Path) -> _State:
        why = ""
        if not self._call:
            why = f"only a call has a dialog: the rule answers {self._methods[0]}"
        elif state.phase in {_REFUSED, _HUNG_UP}:
            why = f"never carried out: {_behind(state)} comes before it"
        elif not state.dialog:
            why = "there is no dialog yet: a status from 101 to 299 has to come before it"
        elif state.phase == _WAITING and step.send in {"BYE", "INVITE"}:
            why = f"{step.send} needs an answered call: a 2xx has to come before it (RFC 3261 15)"
        if why:
            self._note(where, why)
            return state
        phase = _HUNG_UP if step.send == "BYE" else state.phase
        return replace(state, phase=phase, asked=True)


def _behind(state: _State) -> str:
    return "the BYE" if state.phase == _HUNG_UP else f"the final status {state.final}"


def _answers(step: StatusStep, method: str) -> bool:
    if step.to is not None:
        return step.to == method
    return step.status >= 200 or method == "INVITE"


def _is_status(word: str) -> bool:
    return word[0].isdigit() and (word.isdigit() or word.endswith("xx"))

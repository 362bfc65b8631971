"""What came of an attempt, written down as it happens."""

from responder.probe.attempt import Result
from responder.probe.screening import understood
from responder.sip.message import Message


class Outcome:
    """Writes the result of one attempt, and words what never came.

    Args:
        result: what is written; the start of its record is the start of the attempt.
    """

    __slots__ = ("_result",)

    def __init__(self, result: Result) -> None:
        self._result = result

    def heard(self, status: int, now: float) -> bool:
        """Take note of a response to the request; tell whether its status is a new one."""
        result = self._result
        if result.first_at is None:
            result.first_at = now - result.record.started
        if status in result.statuses:
            return False
        result.statuses.append(status)
        return True

    def final(self, response: Message, now: float) -> None:
        """Take note of the final response."""
        result = self._result
        result.status = result.record.status = response.status
        result.reason = response.reason.decode("utf-8", "replace")
        result.understood = understood(response.status)
        result.final_at = now - result.record.started

    def end(self, end: str, why: str, now: float) -> None:
        """Take note of how it ended; see `Result.end` and `Result.why`."""
        result = self._result
        result.end = end
        result.why = why
        result.record.statuses = list(result.statuses)
        result.record.ended = now

    def silence(self, now: float) -> str:
        """Say that no final response came, and what came last."""
        statuses = self._result.statuses
        if not statuses:
            return f"no response came within {self.elapsed(now)}"
        return f"no final response came within {self.elapsed(now)}, the last was {statuses[-1]}"

    def elapsed(self, now: float) -> str:
        """Return the time since the start, as text with its unit."""
        return f"{now - self._result.record.started:.4g} s"

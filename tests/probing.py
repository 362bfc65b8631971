"""A real ``responder probe`` in a process of its own, and what its ``--json`` says."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PATIENCE = 20.0
"""How long a probe may take, in seconds. Only a failure waits that long."""


@dataclass(frozen=True, slots=True)
class Probed:
    """How one `responder probe` ended, and what its ``--json`` says."""

    exit_status: int
    result: dict[str, Any]

    def heard(self) -> list[tuple[int, str]]:
        """Return status and method of each response."""
        texts = [entry["text"] for entry in self.result["entries"]]
        found = [re.match(r"SIP/2\.0 (\d+) .*?^CSeq: \d+ (\S+)", t, re.S | re.M) for t in texts]
        return [(int(each[1]), each[2]) for each in found if each]

    def texts(self, start: str) -> list[str]:
        """Return the messages that begin with a text."""
        texts = [entry["text"] for entry in self.result["entries"]]
        return [text for text in texts if text.startswith(start)]

    def sent(self) -> list[str]:
        """Return the methods of the requests that were sent."""
        texts = [entry["text"] for entry in self.result["entries"]]
        return [text.split(" ", 1)[0] for text in texts if re.match(r"[A-Z]+ sip:", text)]


def probe(*arguments: str, before: Sequence[str] = ()) -> Probed:
    """Run the command to its end.

    Args:
        arguments: those of ``responder probe``.
        before: words to put before the command, such as those that run it in a namespace.
    """
    command = [sys.executable, "-m", "responder", "probe", "--json", "--timeout", "10"]
    ended = subprocess.run(
        [*before, *command, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.stdout, ended.stderr
    return Probed(ended.returncode, json.loads(ended.stdout))

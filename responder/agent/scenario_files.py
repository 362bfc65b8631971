"""Scenario files from the disk to rules: the edge round `responder.scenario`'s pure readers.

Importing this file costs pydantic, ruamel.yaml and RE2: it is imported where there is a scenario.
"""

import errno
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from responder.fault_files import FaultFiles
from responder.judge.expectations import verdict_words
from responder.net.listen import parse_listen
from responder.scenario.compiler import Compiled, Files, compile_scenarios
from responder.scenario.findings import WHOLE, BadScenario, Finding, Place
from responder.scenario.loader import Loaded, load
from responder.scenario.yaml_text import LARGEST

SUFFIXES: Final = (".yaml", ".yml")
LARGEST_BODY: Final = 65_000
"""Bytes of a file that a scenario sends as a body."""


def read_scenarios(scenarios: Sequence[Path | Loaded]) -> Compiled:
    """Return the rules of scenario files, and of those in directories, in the order given.

    A scenario that was not read from a file stands among them as it is.

    Raises:
        BadScenario: with everything that is wrong with all of them.
    """
    found: list[Finding] = []
    files: list[Loaded] = []
    for each in scenarios:
        if isinstance(each, Loaded):
            files.append(each)
            continue
        for file in _files(each, found):
            try:
                files.append(load(_text(file), str(file), file.stem))
            except BadScenario as fault:
                found += fault.findings
    try:
        compiled = compile_scenarios(
            files, Files(_body, _locate, FaultFiles(), parse_listen, verdict_words())
        )
    except BadScenario as fault:
        raise BadScenario([*found, *fault.findings]) from None
    if found:
        raise BadScenario([*found, *compiled.findings])
    return compiled


def _files(path: Path, found: list[Finding]) -> list[Path]:
    """Return the scenario files that a path stands for, in the order of their names.

    A directory stands for those in it, or, if it has none, for those in the directories in it.
    """
    if not path.is_dir():
        return [path]
    try:
        files = _in(path) or [file for each in _shown(path) for file in _in(each)]
    except OSError as fault:
        found.append(Finding(str(path), WHOLE, (fault.strerror or "cannot be read").lower()))
        return []
    if not files:
        found.append(Finding(str(path), WHOLE, "no file in this directory ends in .yaml or .yml"))
    return files


def _in(directory: Path) -> list[Path]:
    inside = sorted(directory.iterdir())
    return [each for each in inside if each.suffix in SUFFIXES and each.is_file()]


def _shown(directory: Path) -> list[Path]:
    """Return the directories in a directory, without hidden ones."""
    inside = sorted(directory.iterdir())
    return [each for each in inside if each.is_dir() and not each.name.startswith(".")]


def _text(file: Path) -> str:
    """Return what a file holds.

    Raises:
        BadScenario: it cannot be read, or is no text.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as fault:
        said = (fault.strerror or "cannot be read").lower()
        raise BadScenario([Finding(str(file), WHOLE, said)]) from None
    if b"\0" in data:
        raise BadScenario([Finding(str(file), WHOLE, "this is no text but a binary file")])
    if len(data) > LARGEST:
        said = f"the file is larger than {LARGEST:,} bytes"
        raise BadScenario([Finding(str(file), WHOLE, said)])
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        before = data[: fault.start]
        place = Place(before.count(b"\n") + 1, fault.start - before.rfind(b"\n"))
        said = f"byte 0x{data[fault.start]:02X} is not UTF-8: save the file as UTF-8"
        raise BadScenario([Finding(str(file), place, said)]) from None


def _body(scenario: str, name: str) -> bytes:
    with _beside(scenario, name).open("rb") as opened:
        data = opened.read(LARGEST_BODY + 1)
    if len(data) > LARGEST_BODY:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_BODY:,} bytes")
    return data


def _locate(scenario: str, name: str) -> str:
    """Return the path of a file with audio.

    Raises:
        OSError: it cannot be read.
        ValueError: it cannot be played.
    """
    path = _beside(scenario, name)
    # Not at the top: few scenarios play a file.
    import_module("responder.media.encoding").check(path.read_bytes())
    return str(path)


def _beside(scenario: str, name: str) -> Path:
    return Path(scenario).parent / name

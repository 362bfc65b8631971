"""Scenario files on the disk: what can be wrong with a file before it is read."""

import errno
from pathlib import Path
from typing import NoReturn

import pytest

from responder.agent import scenario_files
from responder.agent.scenario_files import read_scenarios
from responder.scenario.findings import BadScenario
from responder.scenario.steps import Media, Program, Respond
from tests.audio import recording


def said(*paths: Path) -> list[str]:
    with pytest.raises(BadScenario) as raised:
        read_scenarios(paths)
    return [str(finding) for finding in raised.value.findings]


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def programs(*paths: Path) -> list[Program]:
    return [rule.program for rule in read_scenarios(paths).rules.rules]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"rules: \0", ": this is no text but a binary file"),
        (b"\x89PNG\r\n\x1a\n\0\0", ": this is no text but a binary file"),
        (b"about: x\nrules: \xff", ":2:8: byte 0xFF is not UTF-8: save the file as UTF-8"),
        ("about: é".encode("latin-1"), ":1:8: byte 0xE9 is not UTF-8: save the file as UTF-8"),
        ("rules: []".encode("utf-16"), ": this is no text but a binary file"),
        (b"#" * (4 * 1024 * 1024 + 1), ": the file is larger than 4,194,304 bytes"),
        (b"", ": the file is empty: a scenario is a mapping with rules"),
    ],
    ids=["nul", "png", "byte", "latin-1", "utf-16", "large", "empty"],
)
def test_a_file_that_is_no_scenario(data: bytes, expected: str, tmp_path: Path) -> None:
    path = written(tmp_path / "x.yaml", data)
    assert said(path) == [f"{path}{expected}"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path / "x.yaml", b"\xef\xbb\xbfrules: [{respond: 486}]")
    assert [program.name for program in programs(path)] == ["x/rule 1"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.yaml"
    assert said(path) == [f"{path}: no such file or directory"]


def test_a_directory_stands_for_its_files(tmp_path: Path) -> None:
    written(tmp_path / "b.yml", "rules: [{respond: 486}]")
    written(tmp_path / "a.yaml", "rules: [{match: {method: INVITE}, respond: 480}]")
    written(tmp_path / "notes.txt", "rules: [")
    (tmp_path / "c.yaml").mkdir()
    assert [program.name for program in programs(tmp_path)] == ["a/rule 1", "b/rule 1"]


def test_a_directory_without_files_stands_for_the_directories_in_it(tmp_path: Path) -> None:
    for place in ("trunk", "phone", ".hidden", "phone/deeper"):
        (tmp_path / place).mkdir()
        written(tmp_path / place / f"{Path(place).name}.yaml", "rules: [{respond: 486}]")
    assert [each.name for each in programs(tmp_path)] == ["phone/rule 1", "trunk/rule 1"]
    assert [each.name for each in programs(tmp_path / ".hidden")] == [".hidden/rule 1"]
    written(tmp_path / "top.yaml", "rules: [{respond: 480}]")
    assert [each.name for each in programs(tmp_path)] == ["top/rule 1"]


def test_a_directory_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    assert said(tmp_path) == [f"{tmp_path}: permission denied"]


def test_a_directory_without_scenarios_is_a_mistake(tmp_path: Path) -> None:
    assert said(tmp_path) == [f"{tmp_path}: no file in this directory ends in .yaml or .yml"]


def test_what_is_wrong_with_every_file_is_told(tmp_path: Path) -> None:
    first = written(tmp_path / "a.yaml", "rules: 1")
    second = written(tmp_path / "b.yaml", "rules: [{respond: [486, 200]}]")
    third = written(tmp_path / "c.yaml", "rules: [{respond: 402}]")
    assert said(first, second, third) == [
        f"{first}:1:8: rules: found 1, expected a list",
        f"{second}:1:25: never carried out: the final status 486 comes before it",
        f"{third}:1:10: warning: 402 is reserved (RFC 3261)",
    ]


def test_a_warning_beside_another_files_error_is_told_too(tmp_path: Path) -> None:
    first = written(tmp_path / "a.yaml", "rules: 1")
    second = written(tmp_path / "b.yaml", "rules: [{respond: 402}]")
    assert said(first, second)[1:] == [f"{second}:1:10: warning: 402 is reserved (RFC 3261)"]


def test_files_that_a_scenario_names_stand_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "body.txt", b"hello\n")
    written(tmp_path / "hello.wav", recording(0.1))
    steps = "{status: 200, body: {type: text/x, file: body.txt}, media: {file: hello.wav}}"
    path = written(tmp_path / "x.yaml", f"rules: [{{respond: {steps}}}]")
    ((step,),) = programs(path)[0].attempts
    assert step == Respond(
        200,
        kind=b"text/x",
        body=b"hello\n",
        media=Media("file", file=str(tmp_path / "hello.wav")),
    )


def test_files_that_are_not_there_are_told_at_their_place(tmp_path: Path) -> None:
    steps = "{status: 200, body: {file: body.txt}, media: {file: .}}"
    path = written(tmp_path / "x.yaml", f"rules: [{{respond: {steps}}}]")
    assert said(path) == [
        f"{path}:1:40: body.txt cannot be read: No such file or directory",
        f"{path}:1:65: . cannot be read: Is a directory",
    ]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"RIFF", "cannot be read as audio: invalid data found when processing input"),
        (recording(0.0), "holds no audio"),
        (recording(601, rate=100), "is longer than 600 seconds"),
    ],
    ids=["missing", "no-audio", "empty", "long"],
)
def test_a_file_that_cannot_be_played_is_told_when_it_is_named(
    tmp_path: Path, data: bytes | None, fault: str
) -> None:
    if data is not None:
        written(tmp_path / "hello.wav", data)
    text = "rules:\n- respond:\n    status: 200\n    media:\n      file: hello.wav\n"
    path = written(tmp_path / "x.yaml", text)
    assert said(path) == [f"{path}:5:7: hello.wav {fault}"]


def test_a_body_has_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario_files, "LARGEST_BODY", 4)
    written(tmp_path / "body.txt", b"hello\n")
    path = written(tmp_path / "x.yaml", "rules: [{respond: {status: 200, body: {file: body.txt}}}]")
    (told,) = said(path)
    assert told.endswith("body.txt cannot be read: it is larger than 4 bytes")

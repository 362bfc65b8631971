"""Runs as JSON, held against the published schema."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from responder.journal.record import Record
from responder.report.json import call_document, run_document, run_text
from responder.report.run import Run, run_of
from responder.report.rungs import rungs
from responder.sessions import Audio
from responder.sip.settings import Settings
from responder.stack import Stack
from responder.testing.caller import OFFER, Caller
from responder.testing.media import Talker, VirtualPorts
from responder.testing.network import Network
from responder.testing.tokens import counted_tokens
from tests.report.records import INVITE, a_run

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "run.schema.json").read_text()
)


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema without its leave to add fields: what is made has no others."""
    schema = copy.deepcopy(schema)
    for each in (schema, *schema["$defs"].values()):
        if "properties" in each:
            each["additionalProperties"] = False
    return schema


VALIDATOR = jsonschema.Draft202012Validator(
    strict(SCHEMA), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_field_is_described() -> None:
    for name, each in (("run", SCHEMA), *SCHEMA["$defs"].items()):
        for field, schema in each.get("properties", {}).items():
            assert schema.get("description"), f"{name}.{field}"


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(a_run(), id="judged"),
        pytest.param(a_run(outcomes=False), id="not judged"),
        pytest.param(Run("", "", 0.0, 0.0, 0.0), id="empty"),
    ],
)
def test_a_run_is_as_the_schema_says(run: Run) -> None:
    VALIDATOR.validate(json.loads(run_text(run)))


@pytest.mark.parametrize("field", ["version", "calls", "held"])
def test_the_schema_misses_what_is_not_there(field: str) -> None:
    document = run_document(a_run())
    del document[field]
    with pytest.raises(jsonschema.ValidationError, match=f"'{field}' is a required property"):
        VALIDATOR.validate(document)


def test_a_run() -> None:
    document: dict[str, Any] = run_document(a_run())
    assert document["version"] == 1
    assert document["began"] == {"iso": "2023-11-14T22:29:59.000000Z", "epoch": 1_700_000_999.0}
    assert document["held"] is False
    assert document["outcomes"][1] == {
        "name": "the ACK is right",
        "held": False,
        "why": "wanted an ACK\ngot none",
        "seconds": 3.6,
        "calls": [1, 2],
        "file": "trunk.yaml",
        "line": 14,
    }
    assert [stray["why"] for stray in document["strays"]] == [a_run().strays[0].why]


def test_a_call() -> None:
    document: dict[str, Any] = call_document(a_run().records[0], 0.0)
    assert {
        name: document[name] for name in ("number", "method", "target", "caller", "source")
    } == {
        "number": 1,
        "method": "INVITE",
        "target": "180-2-486",
        "caller": "alice",
        "source": "192.0.2.9:5070",
    }
    assert (document["status"], document["statuses"]) == (486, [100, 180, 486])
    told = [
        (entry["offset"], entry["kind"], entry.get("again"), entry.get("summary") or entry["text"])
        for entry in document["entries"]
    ]
    assert told == [
        (0.0, "received", False, "INVITE sip:180-2-486@192.0.2.1"),
        (0.0, "sent", False, "100 Trying"),
        (0.0, "sent", False, "180 Ringing"),
        (2.0, "sent", False, "486 Busy Here"),
        (2.5, "sent", True, "486 Busy Here"),
        (3.5, "sent", True, "486 Busy Here"),
        (3.6, "received", False, "ACK"),
        (3.6, "fault", None, "dropped the first 486"),
    ]
    assert document["answered"]["epoch"] == 1002.0


def test_messages_are_text_where_they_are_utf_8_and_base64_else() -> None:
    run = a_run()
    document: dict[str, Any] = call_document(run.records[1], run.epoch)
    for told, entry in zip(document["entries"], run.records[1].entries, strict=True):
        if "text" in told:
            assert told["text"].encode() == entry.data
        else:
            assert base64.b64decode(told["base64"]) == entry.data
    assert ["base64" in told for told in document["entries"]] == [False, False, False, True]


def test_what_never_left_is_told_apart() -> None:
    run = a_run()
    record = run.records[0]
    record.suppressed(1003.6, b"SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n")
    document: dict[str, Any] = run_document(run)
    told = document["calls"][0]["entries"]
    assert [entry["kind"] for entry in told[-2:]] == ["fault", "suppressed"]
    VALIDATOR.validate(json.loads(run_text(run)))


def test_what_is_not_known_is_null() -> None:
    record = Record(1, 0.0, "INVITE")
    record.received(0.0, INVITE, False)
    for _ in range(503):
        record.note(0.0, "x")
    document: dict[str, Any] = call_document(record, 0.0)
    for name in ("rule", "status", "answered", "ended"):
        assert document[name] is None
    assert (document["left_out"], len(document["entries"])) == (4, 500)


def test_the_audio_of_a_call_is_as_the_schema_says() -> None:
    ports = VirtualPorts()
    stack = Stack(Settings(), counted_tokens(), audio=Audio(ports))
    ports.network = Network(stack)
    alice = Caller(ports.network)
    alice.call("echo", body=OFFER)
    Talker(ports.opened[0]).say()
    Caller(ports.network, remote=("192.0.2.10", 5070)).call("486")
    run = run_of(stack.journal, name="x", program="y", epoch=0.0, began=999.0, ended=1001.0)
    document = json.loads(run_text(run))
    VALIDATOR.validate(document)
    echoed, refused = document["calls"]
    assert echoed["media"]["packets"] == 1
    assert refused["media"] is None
    assert rungs(stack.journal.records[0])[-1].text.startswith("audio PCMU in 1 ")


def test_what_a_caller_did_right_and_wrong() -> None:
    document: dict[str, Any] = run_document(a_run())
    first, _ = document["calls"]
    assert {each["name"]: each["outcome"] for each in first["verdicts"]}["ack"] == "correct"
    assert all(each["outcome"] in {"correct", "wrong"} for each in first["verdicts"])
    alone = call_document(a_run().records[0], 0.0)
    assert "verdicts" not in alone
    assert (alone["failed"], alone["unmatched"]) == (None, False)


def test_why_a_call_failed() -> None:
    run = a_run()
    run.records[0].failed = "no ACK within 1 s"
    document: dict[str, Any] = run_document(run)
    assert [call["failed"] for call in document["calls"]] == ["no ACK within 1 s", None]
    VALIDATOR.validate(document)

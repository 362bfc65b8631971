"""Runs as JUnit XML, read back by the parser that other tools use, and by a plain XML parser."""

from dataclasses import replace
from xml.etree import ElementTree

from junitparser import JUnitXml, TestCase, TestSuite

from responder.report.junit import MOST_LADDERS, junit
from responder.report.outcome import Outcome
from responder.report.run import Run
from tests.report.records import a_run, busy


def read(run: Run) -> TestSuite:
    (suite,) = JUnitXml.fromstring(junit(run).encode())
    assert isinstance(suite, TestSuite)
    return suite


def failure(case: TestCase) -> tuple[str, str]:
    (result,) = case.result
    return str(result.message), str(result.text)


def test_a_test_case_for_each_expectation() -> None:
    suite = read(a_run())
    assert (suite.name, suite.tests, suite.failures, suite.errors) == ("flaky-trunk", 2, 1, 0)
    assert (suite.time, suite.timestamp) == (5.5, "2023-11-14T22:29:59")
    assert [(case.classname, case.name, case.time) for case in suite] == [
        ("flaky-trunk", "trunk fails over", 0.5),
        ("flaky-trunk", "the ACK is right", 3.6),
    ]
    assert [case.is_passed for case in suite] == [True, False]


def test_the_text_of_a_failure() -> None:
    _, case = read(a_run())
    message, text = failure(case)
    assert message == "wanted an ACK"
    lines = text.splitlines()
    assert lines[:6] == [
        "wanted an ACK",
        "got none",
        "at trunk.yaml:14",
        "",
        "call 1: INVITE 180-2-486 from alice, rule dial",
        f"          192.0.2.9:5070{'responder':>76}",
    ]
    assert lines[6].startswith("    0.000 │ INVITE sip:180-2-486@192.0.2.1 (SDP) ──")
    assert any(line.startswith("call 2: INVITE 200 from bob, rule dial") for line in lines)


def test_the_ladders_of_a_failure_are_bounded() -> None:
    calls = [busy() for _ in range(MOST_LADDERS + 2)]
    run = replace(a_run(), outcomes=[Outcome("x", False, calls=calls)])
    message, text = failure(*read(run))
    assert message == "It did not come true."
    assert text.count(", no rule") == MOST_LADDERS
    assert text.endswith("\n\nand 2 more calls")


def test_without_expectations_there_are_no_test_cases() -> None:
    suite = read(a_run(outcomes=False))
    assert (suite.tests, list(suite)) == (0, [])


def test_what_xml_cannot_carry_is_replaced() -> None:
    nasty = "a\x00\x1b[31m\ud800]]></failure><x/>é"
    outcome = Outcome(nasty, False, f"{nasty}\n{nasty}", file=nasty, line=1)
    text = junit(replace(a_run(), name=nasty, program=nasty, outcomes=[outcome]))
    clean = "a\ufffd\ufffd[31m\ufffd]]></failure><x/>é"
    (suite,) = ElementTree.fromstring(text.encode())
    assert suite.get("name") == clean
    assert [element.tag for element in suite.iter()] == [
        "testsuite",
        "properties",
        "property",
        "testcase",
        "failure",
    ]
    told = suite.find("testcase/failure")
    assert told is not None
    assert told.text == f"{clean}\n{clean}\nat {clean}:1"


def test_it_says_what_it_is_and_adds_up() -> None:
    declaration, document = junit(a_run()).split("\n", 1)
    assert declaration == '<?xml version="1.0" encoding="UTF-8"?>'
    root = ElementTree.fromstring(document)
    assert root.attrib == {
        "name": "responder",
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
        "time": "5.5",
    }


def test_what_the_caller_of_a_failure_did_wrong_stands_below_its_ladder() -> None:
    run = a_run()
    (call, _) = run.records
    call.failed = "no ACK within 1 s"
    wrong = Outcome("x", False, calls=[call])
    _, text = failure(*read(replace(run, outcomes=[wrong], ended=2000.0)))
    *_, failed = text.splitlines()
    assert failed == "the call failed: no ACK within 1 s"
    assert call.request is not None
    silent = replace(run, outcomes=[Outcome("x", False, calls=run.records[1:])], ended=2000.0)
    _, text = failure(*read(silent))
    assert "\nwrong ack: " in text

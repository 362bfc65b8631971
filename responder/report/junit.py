"""A run's expectations as JUnit XML, which every CI service shows: a test case for each."""

from itertools import islice
from typing import Final

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from responder.journal.record import Record
from responder.report.characters import for_xml
from responder.report.ladder import draw
from responder.report.outcome import Outcome
from responder.report.run import Run, iso
from responder.report.verdicts import fault_lines, verdicts_of

MOST_LADDERS: Final = 5
"""Calls whose ladders are in the text of one failure."""

_WIDTH: Final = 100


def junit(run: Run) -> str:
    """Return a run as the text of a file.

    The text of a failure has its reason, where it is stated, and the ladders of its calls, with
    what their callers did wrong. Characters that XML cannot carry are replaced by U+FFFD.
    """
    suite = TestSuite(for_xml(run.name))
    # The form has neither a zone nor a part of a second.
    suite.timestamp = iso(run.epoch + run.began)[:19]
    suite.add_property("program", for_xml(run.program))
    suite.add_testcases([_case(outcome, run) for outcome in run.outcomes])
    document = JUnitXml("responder")
    document.add_testsuite(suite)
    document.update_statistics()
    # The library adds up the cases; this is how long the run took.
    document.time = suite.time = round(run.ended - run.began, 6)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document.tostring().decode()}\n'


def _case(outcome: Outcome, run: Run) -> TestCase:
    case = TestCase(for_xml(outcome.name), for_xml(run.name), round(outcome.seconds, 6))
    if not outcome.held:
        why = for_xml(outcome.why) or "It did not come true."
        failure = Failure(why.partition("\n")[0], "expectation")
        failure.text = "\n".join([why, *_about(outcome, run)])
        case.result = [failure]
    return case


def _about(outcome: Outcome, run: Run) -> list[str]:
    lines = [f"at {for_xml(outcome.place)}"] if outcome.place else []
    told = list(islice(outcome.calls, MOST_LADDERS))
    verdicts = verdicts_of(run, told)
    for record in told:
        lines += ["", *_ladder(record)]
        lines += [f"the call failed: {for_xml(record.failed)}"] if record.failed else []
        lines += [for_xml(line) for line in fault_lines(verdicts[record.number])]
    if len(outcome.calls) > MOST_LADDERS:
        lines += ["", f"and {len(outcome.calls) - MOST_LADDERS} more calls"]
    return lines


def _ladder(record: Record) -> list[str]:
    source = record.identify().source
    about = [f"call {record.number}: {record.method} {record.target} from {record.caller}"]
    about += [f"rule {record.rule}"] if record.rule else ["no rule"]
    lines = draw(record, source, "responder", ours="right", width=_WIDTH)
    return [for_xml(", ".join(about)), *(for_xml(line.text.rstrip()) for line in lines)]

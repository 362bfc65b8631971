"""The benchmarks read, compare and print correctly; their figures are nobody's business here."""

import itertools
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import alone, core, requests
from benchmarks.__main__ import main
from benchmarks.answerer import Answerer, start_compiled, start_ours, start_sipp
from benchmarks.highest import highest
from benchmarks.ladders import ANSWERED, BUSY, LADDERS, Ladder
from benchmarks.load import Load, place, read_statistics
from benchmarks.pairs import Pair, compare, interval
from benchmarks.suite import MEASURES, QUICK, Bench
from benchmarks.table import HEADINGS, Row, figure, render
from tests.peers import Find

STATISTICS = """\
StartTime;CurrentTime;TotalCallCreated;SuccessfulCall(C);Retransmissions(C);
2026-01-02\t10:00:00.5\t1767348000.500000;2026-01-02\t10:00:01.5\t1767348001.500000;9;9;0;
2026-01-02\t10:00:00.5\t1767348000.500000;2026-01-02\t10:00:02.5\t1767348002.500000;20;19;3;
"""


def test_the_last_line_of_the_statistics_counts() -> None:
    load = read_statistics(STATISTICS)
    assert load == Load(calls=20, failed=1, retransmissions=3, seconds=2.0)
    assert (load.rate, load.clean) == (10.0, False)


def test_a_rate_is_kept_when_nearly_all_of_it_was_placed() -> None:
    load = Load(calls=98, failed=0, retransmissions=0, seconds=1.0)
    assert load.clean
    assert load.kept(100)
    assert not load.kept(110)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no statistics"), ("StartTime;\n1\t2;\n", "no column 'TotalCallCreated'")],
    ids=["empty", "column-missing"],
)
def test_statistics_that_say_nothing_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_statistics(text)


@pytest.mark.parametrize("limit", [250, 251, 999, 12_345, 39_999])
def test_the_highest_rate_is_found_to_within_the_step(limit: int) -> None:
    found = highest(lambda rate: rate <= limit, 250, 40_000, 1.05)
    assert found <= limit < found * 1.06


@pytest.mark.parametrize(
    ("limit", "found"), [(0, 0), (90_000, 40_000)], ids=["none-holds", "all-hold"]
)
def test_the_highest_rate_stays_between_floor_and_ceiling(limit: int, found: int) -> None:
    assert highest(lambda rate: rate <= limit, 250, 40_000) == found


def test_a_comparison_takes_medians_and_the_spread_of_the_ratios() -> None:
    ratios = [1.3, 1.1, 1.2, 1.4, 1.5, 1.6, 1.7]
    seen = compare([Pair(100 * ratio, 100.0) for ratio in ratios])
    assert (seen.ours, seen.peer, seen.pairs) == pytest.approx((140.0, 100.0, 7))
    assert (seen.least, seen.ratio, seen.most) == pytest.approx((1.1, 1.4, 1.7))
    assert seen.verdict == "more than the peer (1.10-1.70 at 98.4%)"


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([0.5] * 6, "less than the peer (0.50-0.50 at 96.9%)"),
        ([0.9, 1.1] * 3, "no difference shown (0.90-1.10 at 96.9%)"),
        ([2.0] * 5, "not sure: 5 pairs"),
        ([2.0], "not sure: 1 pair"),
    ],
    ids=["less", "no-difference", "few-pairs", "one-pair"],
)
def test_the_verdict_says_no_more_than_the_pairs_do(ratios: list[float], verdict: str) -> None:
    assert compare([Pair(ratio, 1.0) for ratio in ratios]).verdict == verdict


def test_nothing_measured_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        compare([])


@pytest.mark.parametrize(
    ("count", "rank", "confidence"),
    [(1, 0, 0.0), (2, 0, 0.5), (6, 0, 0.96875), (8, 0, 0.9921875), (9, 1, 0.9609375)],
)
def test_the_interval_is_that_of_the_sign_test(count: int, rank: int, confidence: float) -> None:
    found = interval(count)
    assert found[0] == rank
    assert found[1] == pytest.approx(confidence)


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345.6, "12,346"), (99.94, "99.9"), (33.26, "33.3"), (0.01234, "0.0123"), (0.0, "0")],
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_the_table_has_a_column_for_each_heading() -> None:
    seen = compare([Pair(30.0, 20.0)])
    rows = [Row("cpu", "us/call", seen, note="odd"), Row("core", "us", alone=9.5, note="alone")]
    heading, compared, alone = render(rows).splitlines()
    assert heading.split()[:4] == list(HEADINGS[:4])
    assert compared.split()[:6] == ["cpu", "us/call", "30.0", "20.0", "1.50", "[1.50-1.50]"]
    assert compared.endswith("  not sure: 1 pair; odd")
    assert alone.split() == ["core", "us", "9.5", "-", "-", "-", "alone"]


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.user)
def test_each_ladder_has_both_of_its_files(ladder: Ladder) -> None:
    for file in (ladder.caller, ladder.answerer):
        assert ElementTree.parse(file).getroot().tag == "scenario"


def test_what_the_own_callers_write_can_be_read_back() -> None:
    caller = requests.Caller(4000, 5060)
    assert caller.invite(7).endswith(requests.SDP)
    response = b"SIP/2.0 486 Busy Here\r\nTo: <sip:486@h>;tag=abc\r\nCall-ID: 7@load\r\n\r\n"
    assert requests.call_number(response) == 7
    assert requests.to_tag(response) == b"abc"
    assert requests.call_number(b"SIP/2.0 200 OK\r\nCall-ID: x@load\r\n\r\n") is None
    assert b";tag=abc\r\n" in caller.ack(7, b"abc")
    assert caller.options(1).startswith(b"OPTIONS sip:486@127.0.0.1:5060;trying=no ")


@pytest.mark.parametrize("ladder", [BUSY, ANSWERED], ids=lambda ladder: ladder.user)
def test_the_core_alone_answers_every_call(ladder: Ladder) -> None:
    assert core.measure(core.new_stack(), ladder, core.BATCH + 1) > 0


def test_the_core_alone_answers_by_the_last_of_its_rules() -> None:
    stack = core.new_stack(core.busy_rules(3))
    assert core.measure(stack, BUSY, 2) > 0
    assert {record.rule for record in stack.journal.records} == {"rule 2"}


def test_the_core_of_another_python_is_measured_in_its_own_process() -> None:
    assert alone.measure("10 rules", 20, sys.executable) > 0
    with pytest.raises(RuntimeError, match=r"(?s)the core of .*no such case"):
        alone.measure("no such case", 20, sys.executable)


@pytest.mark.interop
def test_the_compiled_build_has_rows_of_its_own(
    peer: Find, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    peer("sipp")
    monkeypatch.setattr("benchmarks.__main__.two_cpus", lambda: (None, None))
    assert main(["--quick", "--only", "core", "--compiled", sys.executable]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    names = [row.partition("  ")[0] for row in rows]
    plain = [f"core alone {name}" for name in alone.CASES]
    assert names == plain + [f"{name}, compiled" for name in plain]


@pytest.mark.interop
def test_an_answerer_of_another_python_answers(peer: Find, tmp_path: Path) -> None:
    peer("sipp")
    with start_compiled(sys.executable)(BUSY.answerer, None) as answerer:
        assert place(BUSY, answerer, 100, 10, None, tmp_path).clean


@pytest.fixture
def small(peer: Find, tmp_path: Path) -> Bench:
    peer("sipp")
    plan = replace(QUICK, seconds=0.1, trial=0.1, watch=0.1, transactions=20, core_calls=50)
    plan = replace(plan, audio_calls=2, audio_seconds=0.1)
    return Bench(start_ours, start_sipp, None, None, tmp_path, plan, lambda _line: None)


@pytest.mark.interop
@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_comes_to_a_row(small: Bench, measure: str) -> None:
    rows = list(MEASURES[measure](small))
    assert rows
    for row in rows:
        # A machine busy with other tests may not even place a hundred calls a second.
        starved = measure == "rate" and row.note.endswith("did not keep the lowest rate")
        assert starved or row.comparison is not None or row.alone is not None, row.note


def test_an_answerer_that_ends_at_once_is_an_error() -> None:
    with (
        pytest.raises(RuntimeError, match="false ended at once, status 1"),
        Answerer("false", ["false"], 9, None),
    ):
        pass


def test_without_sipp_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _program: None)
    assert main(["--quick"]) == 2
    assert "Debian: sip-tester" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "x"])
def test_a_number_of_pairs_is_positive(number: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--pairs", number])
    assert ended.value.code == 2


def test_call_numbers_are_told_apart() -> None:
    made = [requests.Caller(1, 2).invite(number) for number in range(3)]
    assert all(one != other for one, other in itertools.combinations(made, 2))

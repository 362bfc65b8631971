"""The pytest plugin, in a project of its own that is run from its start to its end."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SAMPLE = Path(__file__).parent / "sample_project"

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run tests of the sample project, in this process unless there have to be several."""
    monkeypatch.chdir(pytester.path)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    for file in SAMPLE.iterdir():
        if file.is_file():
            shutil.copy(file, pytester.path)

    def go(*arguments: str) -> pytest.RunResult:
        if "-n" in arguments:
            return pytester.runpytest_subprocess(*arguments, timeout=120)
        # schemathesis makes one failure of several in an exception group, whoever raises it.
        without = ("-p", "no:xdist", "-p", "no:schemathesis")
        return pytester.runpytest_inprocess(*without, *arguments)

    return go


def section(result: pytest.RunResult, name: str) -> str:
    """Return what the report says of one test that failed."""
    text = "\n".join(result.outlines)
    found = re.search(rf"(?ms)^_+ (?:ERROR at setup of )?{name} _+$(.*?)^(?:_{(3,)} |=+ )", text)
    assert found is not None, text
    return found[1]


def test_what_holds_passes(run: Run) -> None:
    result = run("test_passing.py", "test_module.py")
    result.assert_outcomes(passed=20)
    assert not [line for line in result.outlines if "SIP responder" in line]


def test_each_worker_has_its_own(run: Run) -> None:
    run("-n", "2", "--dist", "loadfile", "test_passing.py", "test_module.py").assert_outcomes(
        passed=20
    )


def test_what_fails_says_why(run: Run) -> None:
    result = run("test_failing.py")
    result.assert_outcomes(failed=9, errors=2)
    what_failed_says_why(result)
    what_passed_and_went_wrong_fails(result)
    mistakes_are_sentences(result)


def what_failed_says_why(failures: pytest.RunResult) -> None:
    told = section(failures, "test_a_wrong_status")
    assert "assert 486 == 200" in told
    assert re.search(r"-+ SIP responder sip:127\.0\.0\.1:\d+ -+\nlistening on udp:127", told)
    assert re.search(r"call 1, INVITE 1001 <- pbx .* got 486 by test_failing/line 14\n", told)
    assert re.search(r"0\.\d+ │◀─+ 486 Busy Here │\n", told)

    told = section(failures, "test_nobody_calls")
    assert "in vain for a call that has been settled, with to.user 1001: not within 0.1 s" in told
    assert "no request came at all" in told
    assert "responder/api" not in told

    told = section(failures, "test_another_number_is_called")
    assert "  to.user  wanted 1001, got 486  (test_failing.py:24)" in told
    assert "  status   wanted 503, got 100 486  (test_failing.py:24)" in told

    told = section(failures, "test_nobody_calls_beside_an_event_loop")
    assert "no request came at all" in told
    assert "never retrieved" not in told


def what_passed_and_went_wrong_fails(failures: pytest.RunResult) -> None:
    told = section(failures, "test_a_rule_is_not_used").splitlines()
    assert told[1] == "rule test_failing/line 29 (test_failing.py:29) answered 0, expected 1"
    assert told[2].startswith("  nearest: call 1, INVITE 1001 <- pbx")
    assert told[3] == "    to.user  wanted 1002, got 1001  (test_failing.py:29)"

    told = section(failures, "test_a_request_matches_no_rule").splitlines()
    assert told[1].startswith("no rule matched call 1, INVITE 1003 <- pbx")
    assert told[2].startswith("  nearest rule: trunk/flaky (")
    assert re.search(r"    uri.user  wanted 2000, got 1003  \(.*trunk.yaml:5\)", told[3])

    told = section(failures, "test_a_rule_that_does_nothing").splitlines()
    assert told[1] == "test_failing.py:43: what is expected here was never told what to respond"

    told = section(failures, "test_a_wide_rule_is_not_used").splitlines()
    assert told[1].startswith("no rule matched call 1, INVITE 1002 <- pbx")


def mistakes_are_sentences(failures: pytest.RunResult) -> None:
    told = section(failures, "test_a_mistake_in_a_rule")
    assert "test_failing.py:39:5: respond: found 99, expected a status from 100 to 699" in told
    assert "responder/" not in told
    told = section(failures, "test_a_scenario_that_is_not_there")
    assert "BadScenario: nowhere.yaml: no such file or directory" in told
    told = section(failures, "test_a_marker_without_names")
    assert "sip_responder: write its arguments with their names: scenario=..." in told


def test_a_project_sets_what_its_responders_do(pytester: pytest.Pytester, run: Run) -> None:
    (pytester.path / "pytest.ini").write_text(
        "[pytest]\n"
        "asyncio_default_fixture_loop_scope = function\n"
        "sip_responder_listen = tcp:127.0.0.1:0\n"
        "sip_responder_scenario = trunk.yaml\n"
        "sip_responder_assert_all_used = false\n"
        "sip_responder_assert_all_matched = false\n"
    )
    pytester.makepyfile(
        test_own="""
        import pytest

        def test_settings(sip_responder, session_sip_responder):
            for responder in (sip_responder, session_sip_responder):
                assert responder.uri.endswith(";transport=tcp")
                assert [rule.name for rule in responder.rules] == ["trunk/flaky"]

        @pytest.mark.sip_responder(scenario=None, assert_all_used=True)
        def test_a_marker_goes_before_them(sip_responder):
            sip_responder.expect_invite(to="1001").respond(486)
        """
    )
    result = run("test_own.py")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["rule test_own/line * answered 0, expected a request"])


def test_a_project_listens_where_its_fixture_says(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        test_own="""
        import pytest

        @pytest.fixture(scope="session")
        def sip_responder_listen():
            return ["udp:127.0.0.2:0"]

        def test_place(sip_responder, module_sip_responder, make_sip_responder):
            for responder in (sip_responder, module_sip_responder, make_sip_responder()):
                assert responder.uri.startswith("sip:127.0.0.2:")
            assert make_sip_responder(listen="tcp:127.0.0.1:0").uri.endswith("transport=tcp")
        """
    )
    run("test_own.py").assert_outcomes(passed=1)


def test_a_wide_file_rule_has_to_be_used_by_one_of_its_tests(
    pytester: pytest.Pytester, run: Run
) -> None:
    pytester.makepyfile(
        test_own="""
        import pytest

        pytestmark = pytest.mark.sip_responder(scenario=["trunk.yaml", {"rules": []}])

        def test_one(module_sip_responder, pbx):
            assert pbx.dial("2001", via=module_sip_responder.uri) == 200
            pytest.xfail("it matches nothing")

        def test_two(module_sip_responder):
            assert module_sip_responder.calls == []
        """
    )
    result = run("test_own.py")
    result.assert_outcomes(passed=1, xfailed=1, errors=1)
    result.stdout.fnmatch_lines(["rule trunk/flaky (*trunk.yaml:4) answered 0, expected a request"])


def test_faults_of_the_responders_own_fail_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(
        test_own="""
        def test_one(sip_responder, make_sip_responder):
            for responder in (sip_responder, make_sip_responder()):
                responder._faults.append(ZeroDivisionError("of its own"))
        """
    )
    result = run("test_own.py")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*responders failed (2 sub-exceptions)"])


def test_the_options_are_told(run: Run) -> None:
    told = "\n".join(run("--help").outlines)
    for name in ("listen", "scenario", "assert_all_used", "assert_all_matched"):
        assert f"sip_responder_{name}" in told
    assert any(line.startswith("@pytest.mark.sip_responder(") for line in run("--markers").outlines)
    assert "make_sip_responder" in "\n".join(run("--fixtures", "test_passing.py").outlines)

"""What the API works on."""

from pathlib import Path

from tests.control.site import site


async def test_the_etag_is_another_one_for_other_rules_and_other_processes() -> None:
    async with site() as here, site() as there:
        before = here.running.etag
        assert before != there.running.etag
        await here.ask("POST", "/api/v1/rules", "respond: 486")
        assert here.running.etag != before


async def test_what_came_nearest_to_a_request(tmp_path: Path) -> None:
    scenario = "scenario: s\nrules: [{name: a, match: {uri.user: '1'}, respond: 486}]"
    async with site(scenario, home=tmp_path) as here:
        await here.dial("nobody")
        [record] = here.running.journal.records
        assert here.running.unmatched(record)
        assert here.running.nearest(record) == "s/a: uri.user"
        record.evict()
        assert here.running.nearest(record) is None

"""The metrics over HTTP."""

from tests.control.exposed import Exposed
from tests.control.site import site


async def test_they_are_scraped_at_their_usual_place() -> None:
    async with site() as visited:
        await visited.dial("486")
        plain = await visited.fetch("GET", "/metrics")
        opened = await visited.fetch("GET", "/metrics", Accept="application/openmetrics-text")
        listened = visited.sip.removeprefix("udp:")
    told = Exposed(plain.text)
    assert plain.status == opened.status == 200
    assert told.value("requests_received_total", method="INVITE") == 1
    assert told.table("listener_info") == {(listened, "", "udp"): 1}
    assert opened.text.endswith("# EOF\n")

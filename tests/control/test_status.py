"""How the responder is, and what it is."""

from pathlib import Path
from xml.etree import ElementTree

from responder import __version__
from responder.agent.plan import Plan
from responder.control.settings import Http
from responder.net.listen import Listen
from tests.control.site import site

NAMED = Plan(
    listens=[Listen("udp", "127.0.0.1", 0, "a"), Listen("tcp", "127.0.0.1", 0)],
    media_ports=None,
    traces=False,
    seed=7,
)


async def test_status(tmp_path: Path) -> None:
    scenario = "unmatched: 404\nrules: [{match: {uri.user: '1'}, respond: 486}]"
    http = Http(port=0, label="Trunk")
    async with site(scenario, home=tmp_path, http=http, plan=NAMED) as here:
        await here.dial("1")
        status, found = await here.ask("GET", "/api/v1/status")
        udp, tcp = (each.partition(":")[2] for each in here.running.agent.driver.addresses)
    assert status == 200
    assert 0 <= found.pop("uptime") < 60
    assert found == {
        "version": __version__,
        "label": "Trunk",
        "seed": 7,
        "http": here.running.address,
        "dial": [udp],
        "listeners": [
            {"transport": "udp", "address": udp, "name": "a"},
            {"transport": "tcp", "address": tcp, "name": None},
        ],
        "rules": 1,
        "calls": 1,
        "evicted": 0,
        "unmatched_answer": 404,
        "reload": {"ok": True, "at": None, "errors": []},
        "overrides": [],
        "impairments": 0,
    }


async def test_what_a_supervisor_asks_for() -> None:
    async with site() as here:
        assert await here.ask("GET", "/livez") == (200, {"status": "ok"})
        assert await here.ask("GET", "/readyz") == (200, {"status": "ok"})
        assert await here.ask("GET", "/version") == (
            200,
            {"name": "sip-responder", "version": __version__},
        )
        here.running.stack.shut_down(here.running.clock())
        assert (await here.ask("GET", "/readyz"))[0] == 503
        assert (await here.ask("GET", "/livez"))[0] == 200


async def test_the_qr_code_is_that_of_the_uri_to_dial() -> None:
    async with site() as here:
        got = await here.fetch("GET", "/api/v1/qr.svg")
        uri = f"sip:{here.running.dial[-1]}"
    assert got.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    root = ElementTree.fromstring(got.text)
    assert root.findtext("{http://www.w3.org/2000/svg}title") == uri


async def test_where_nothing_is_listened_on_there_is_nothing_to_dial() -> None:
    async with site(plan=Plan(listens=[], media_ports=None, traces=False)) as here:
        assert (await here.ask("GET", "/api/v1/qr.svg"))[0] == 404
        assert (await here.ask("GET", "/api/v1/status"))[1]["dial"] == []

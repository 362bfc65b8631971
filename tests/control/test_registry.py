"""Who is registered, and what statuses there are, over HTTP."""

from responder.codes import all_codes
from tests.cli.phone import phone
from tests.control.site import site


async def test_a_contact_that_is_registered() -> None:
    async with site() as here:
        assert await here.ask("GET", "/api/v1/registrations") == (200, {"bindings": []})
        async with phone(here.sip) as alice:
            to = "<sip:alice@example.com>"
            await alice.send(alice.request("REGISTER", "sip:127.0.0.1", "r", to))
            assert (await alice.receive()).status == 200
            _, found = await here.ask("GET", "/api/v1/registrations")
            [binding] = found["bindings"]
            assert 0 < binding.pop("expires") <= 3600
            place = f"127.0.0.1:{alice.port}"
            assert binding == {
                "aor": "sip:alice@example.com",
                "contact": f"<sip:alice@{place};transport=udp>",
                "source": place,
                "call_id": f"{alice.port}-0",
                "transport": "udp",
            }


async def test_codes() -> None:
    async with site() as here:
        _, found = await here.ask("GET", "/api/v1/codes")
        assert len(found["codes"]) == len(all_codes())
        _, found = await here.ask("GET", "/api/v1/codes?q=486")
        [busy] = found["codes"]
        assert (busy["code"], busy["class"], busy["rfc"]) == (486, "4xx", "RFC 3261")
        assert busy["recommended_headers"][0] == "Retry-After"
        _, found = await here.ask("GET", "/api/v1/codes?q=extension+required")
        assert found["codes"][0]["required_headers"] == ["Require"]
        _, found = await here.ask("GET", "/api/v1/codes?q=nothing+like+it")
        assert found["codes"] == []

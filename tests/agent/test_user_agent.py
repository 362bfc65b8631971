"""A stack with its sockets, on this test's own event loop."""

import asyncio

import pytest

from responder.agent.plan import Plan
from responder.agent.user_agent import UserAgent
from responder.net.errors import BadAddress, BindFailed
from responder.net.listen import Listen
from responder.net.rtp import ANY_PORT
from responder.sip.events import Trace
from tests.cli.phone import PATIENCE, phone

UDP = Listen("udp", "127.0.0.1", 0)


async def test_it_answers_and_gives_calls_their_end() -> None:
    traces: asyncio.Queue[str] = asyncio.Queue()
    faults: list[Exception] = []

    def told(trace: Trace, now: float) -> None:
        assert now > 0
        traces.put_nowait(trace.kind)

    agent = UserAgent(
        Plan(listens=[UDP], media_ports=ANY_PORT), on_trace=told, on_fault=faults.append
    )
    await agent.start()
    try:
        async with phone(agent.driver.addresses[0]) as alice:
            await alice.call("200")
            assert await alice.statuses() == [100, 200]
            await alice.ack()
            assert await asyncio.wait_for(traces.get(), PATIENCE) == "call"
            farewell = asyncio.create_task(agent.say_farewell(PATIENCE))
            bye = await alice.receive()
            assert bye.method == b"BYE"
            await alice.answer(bye)
            await farewell
    finally:
        await agent.stop()
    assert faults == []


async def test_a_farewell_takes_no_longer_than_it_may() -> None:
    agent = UserAgent(
        Plan(listens=[UDP], media_ports=None), on_trace=lambda *_: None, on_fault=lambda _: None
    )
    await agent.start()
    async with phone(agent.driver.addresses[0]) as alice:
        await alice.call("200")
        assert await alice.statuses() == [100, 200]
        await alice.ack()
        await agent.say_farewell(0.0)
        assert not agent.stack.idle()
    await agent.stop()


async def test_a_taken_port_is_told_and_leaves_nothing_open() -> None:
    first = UserAgent(Plan(listens=[UDP]), on_trace=lambda *_: None, on_fault=lambda _: None)
    await first.start()
    port = int(first.driver.addresses[0].rpartition(":")[2])
    second = UserAgent(
        Plan(listens=[UDP._replace(port=port)]), on_trace=lambda *_: None, on_fault=lambda _: None
    )
    with pytest.raises(BindFailed):
        await second.start()
    await second.stop()
    await first.stop()


def test_a_network_that_cannot_be_read_is_an_error_at_once() -> None:
    with pytest.raises(BadAddress):
        UserAgent(Plan(allow=["everyone"]), on_trace=lambda *_: None, on_fault=lambda _: None)

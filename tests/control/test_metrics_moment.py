"""What the sockets of a responder say of themselves."""

from responder.agent.plan import Plan
from responder.agent.user_agent import UserAgent
from responder.control.metrics_moment import OTHERS, Listener, sockets_of
from responder.net.listen import Listen
from responder.net.rtp import ANY_PORT

LISTENS = [Listen("udp", "127.0.0.1", 0, "outside"), Listen("tcp", "127.0.0.1", 0)]


def agent_with(plan: Plan) -> UserAgent:
    return UserAgent(plan, on_trace=lambda *_: None, on_fault=lambda _: None)


async def test_listeners_and_losses() -> None:
    agent = agent_with(Plan(listens=LISTENS, media_ports=ANY_PORT))
    await agent.start()
    try:
        agent.driver.counts.unsent = 1
        agent.driver.counts.slow_peers = 2
        assert agent.ports is not None
        agent.ports.unsent = 3
        agent.driver.udp_flow(("127.0.0.1", 9))
        agent.driver.udp_flow(("127.0.0.1", 10))
        told = sockets_of(agent)
        udp, tcp = (address.partition(":")[2] for address in agent.driver.addresses)
        assert told.listeners == [Listener("udp", udp, "outside"), Listener("tcp", tcp, "")]
        assert told.kernel_drops == {udp: 0, OTHERS: 0}
        assert (told.unsent, told.slow_peers, told.unsent_audio) == (1, 2, 3)
    finally:
        await agent.stop()


async def test_without_audio_none_of_it_is_lost() -> None:
    agent = agent_with(Plan(listens=LISTENS[1:], media_ports=None))
    await agent.start()
    try:
        told = sockets_of(agent)
        assert told.unsent_audio == 0
        assert told.kernel_drops == {}
    finally:
        await agent.stop()

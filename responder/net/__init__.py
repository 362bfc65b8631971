"""asyncio shells: the sockets, the clock and the one timer that drive a pure stack."""

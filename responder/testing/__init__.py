"""A virtual clock and network, and a scripted caller, for tests without sockets or sleeps."""

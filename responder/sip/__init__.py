"""Pure protocol: bytes and `now` in, events and outputs out (RFC 3261)."""

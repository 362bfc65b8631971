"""A record turned into what people read. Pure."""

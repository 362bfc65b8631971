"""The bounded record of what happened. Pure."""

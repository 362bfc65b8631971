"""Typed header values, one kind a file; each parses from bytes and writes itself back."""

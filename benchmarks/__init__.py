"""Measurements of the responder beside SIPp, in one run on one machine."""

"""The faults, a family of them in each file; `responder.faults.registry` finds them here."""

"""What became of the expectations of scenarios, by the record of a run. Pure."""

"""What can go wrong between a built message and the wire, exactly as it is asked for. Pure."""

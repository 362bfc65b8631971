"""What is answered to a request: steps, the dialling grammar, rules and their interpreter. Pure."""

"""What answers, put together: the files of a plan, the stack, and the sockets that drive it."""

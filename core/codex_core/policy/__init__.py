"""What may run: judged on the `Action` of a tool, as pure functions."""

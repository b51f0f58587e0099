"""One turn of the agent: the loop, a step, the tool runner, and small policies beside them."""

"""What the agent asks, over the composer: pure descriptions of each question, and the one widget that shows them."""

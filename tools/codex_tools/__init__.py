"""The tools, and what confines them."""

"""The screens. They translate between keys, messages and the view state, and decide nothing."""

"""The command: arguments, wiring, headless mode."""

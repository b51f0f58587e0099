"""What a command must not change: found beforehand, put back afterwards, whatever ends the command."""

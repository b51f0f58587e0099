"""Sessions: the journal, the event bus, and the object that front ends talk to."""

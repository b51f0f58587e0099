"""The parts of the session picker: its list, one row of it, the look into a session, the filters above."""

"""Child processes of ours that keep heavy libraries out of the front end: one class for both ends."""

"""Files at known places, ours and those of others: read and parsed within bounds, locked with patience."""

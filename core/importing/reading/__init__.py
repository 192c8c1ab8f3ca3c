"""From a file that somebody sent to rows of text, read by a process that may die of it."""

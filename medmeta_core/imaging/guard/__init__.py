"""Bytes from outside are read in a child process; what comes back is checked."""

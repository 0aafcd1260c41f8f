"""Real pre-copy migrations between two QEMU processes on this machine, measured."""

"""The training loop: resuming, checkpoints, logging, processes."""

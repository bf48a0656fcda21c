"""How many processes torchrun has started for one training, and which of them this is."""

import os


def count() -> int:
    """How many there are; 1 where nothing was said."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_follower() -> bool:
    """Whether another of them keeps the run."""
    return count() > 1 and os.environ.get("RANK", "0") != "0"

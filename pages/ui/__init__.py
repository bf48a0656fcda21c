"""What the pages share: the frame around them, their state, their caches, their drawings."""

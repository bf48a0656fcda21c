"""The live map of a training: its points move as it learns, and its life can be played again."""

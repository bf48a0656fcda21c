"""Checkpoints: one safe file for a model, and the judging of one that a stranger sent."""

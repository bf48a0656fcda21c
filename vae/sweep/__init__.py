"""Searching settings: many trials of one recipe, on as many machines as see the same storage."""

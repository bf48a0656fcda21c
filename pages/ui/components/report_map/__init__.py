"""The live map on the report card, each test digit in the colour of its cost."""

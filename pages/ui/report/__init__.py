"""What the report card shows: a verdict, pictures, tables."""

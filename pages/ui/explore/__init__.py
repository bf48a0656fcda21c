"""What Explore alone needs: what its map may ask the server for, and who answers."""

"""The calling side: one real request, placed and followed to its end by a pure core."""

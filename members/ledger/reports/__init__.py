"""What owners report: the liability of the points, its age, and what will expire of it."""

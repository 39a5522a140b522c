"""Getting pages politely: robots.txt, one slot per host, retries within a budget, limits of a run."""

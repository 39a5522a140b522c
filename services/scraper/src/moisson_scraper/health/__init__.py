"""Whether a run is what its spider's runs usually are: expectations, and a baseline of the last good ones."""

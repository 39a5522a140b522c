"""Public portals: a corpus as a site that anybody can read, search and walk on a map."""

"""Moisson: public portals and the studio."""

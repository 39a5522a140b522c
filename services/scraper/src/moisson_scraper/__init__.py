"""Moisson: harvests partners' sites into raw records."""

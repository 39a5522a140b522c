"""The words of the interface: one catalogue per language, as data."""

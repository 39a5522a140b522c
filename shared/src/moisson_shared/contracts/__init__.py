"""The nouns of Moisson as immutable models: pydantic and the standard library only."""

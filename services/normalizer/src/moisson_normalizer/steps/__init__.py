"""The steps of recipes: one module per family, each a function from the step as data to a `CompiledStep`.

What a step refuses is said in its module; what it makes of nothing is nothing, and then its target stays as it was.
"""

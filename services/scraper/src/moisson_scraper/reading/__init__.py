"""From bytes to items, as pure functions: decoding, HTML, JSON, tables.

Nothing here fetches, stores or knows the time.
"""

"""The HTTP doors of the api: each parses what it is sent, asks one thing of the inside, and writes the answer."""

"""What we say that we would like to get (RFC 9110, 12.5.1), by what the page is read as."""

HTML_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"
JSON_ACCEPT = "application/json,*/*;q=0.1"
PART_ACCEPT = "text/html,*/*;q=0.1"
"""Of a part that a script asks for, where it is HTML."""

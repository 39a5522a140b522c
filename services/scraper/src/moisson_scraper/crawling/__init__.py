"""The crawl: which pages, in which order, and what becomes of what they give."""

"""The crawl of one site, list and detail pages with 8 fields, robots and storage on both sides."""

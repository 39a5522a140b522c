"""Pages as they were fetched, in WARC files (ISO 28500:2017), so that they can be read again without a fetch."""

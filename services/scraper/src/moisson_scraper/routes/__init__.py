"""The scraper's HTTP face: thin routes over the use cases."""

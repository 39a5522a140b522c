"""The runs of spiders as work: begun, shared, gone on with, judged and ended."""

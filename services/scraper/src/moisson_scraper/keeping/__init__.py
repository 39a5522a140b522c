"""What the scraper keeps: its collections, the feed of each spider with its lease, and batches of records."""

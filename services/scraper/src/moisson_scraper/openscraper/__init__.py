"""What Moisson keeps of OpenScraper: its spiders and data model are imported, its data API goes on answering."""

"""Three sample partner sites. They know nothing of Moisson: they are what a harvester finds outside."""

"""Where values stand in their pages."""

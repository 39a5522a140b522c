"""What a site changed, and selectors that find it again. Pure."""

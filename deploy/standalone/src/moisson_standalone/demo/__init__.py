"""The demo: three invented partners with their sites, and the way of their projects to a portal."""

"""What every service serves in the same way: app factory, settings, problems, tokens, logs, metrics, health."""

"""Pages that need a browser: a Chromium whose every connection goes through a proxy that judges where it leads."""

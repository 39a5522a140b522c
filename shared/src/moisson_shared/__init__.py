"""What every Moisson service shares: the nouns, the ports, their adapters and the web kit. It knows no service."""

"""What the domain asks of the outside, as Protocols with their promises. No engine is named here."""

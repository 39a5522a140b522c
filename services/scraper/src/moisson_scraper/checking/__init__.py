"""Whether a configuration can work at all: each kind of source has its rules, and each fault says where. Pure."""

"""Who is who: accounts, passwords, tokens, signing keys. The only writer of the api's documents."""

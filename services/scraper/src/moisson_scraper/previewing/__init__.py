"""One page and one configuration, tried out: what each selector gives, where it stands, and what is odd."""

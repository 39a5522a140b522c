"""The studio: screens of partners and stewards, behind login."""

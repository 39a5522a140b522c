"""The studio: screens of partners and stewards, behind login."""

from fastapi import APIRouter


def studio_routers() -> tuple[APIRouter, ...]:
    """Every router of the studio."""
    return ()

"""A file that a partner has uploaded for one of its spiders, as everybody who may read the spider sees it."""

from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.model import Contract, Count, Instant


class Upload(Contract):
    """The newest file; each replaces the one before."""

    name: Annotated[str, Field(max_length=200)] = ""
    """As it was called when it was sent; its ending helps to tell the format."""
    content_type: Annotated[str, Field(max_length=200)] = ""
    bytes: Count
    sha256: str
    """Hexadecimal."""
    uploaded_at: Instant
    uploaded_by: str

"""The organisation whose census is harvested."""

from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.model import Contract, HttpAddress, Slug


class Partner(Contract):
    """A partner as the scraper keeps it. Who belongs to it is the account's side, in the api."""

    id: Slug
    name: Annotated[str, Field(min_length=1, max_length=200)]
    url: HttpAddress | None = None
    logo_url: HttpAddress | None = None
    licence: Annotated[str, Field(max_length=200)] = ""
    default_level: AccessLevel = AccessLevel.OPENDATA

    def card(self) -> "PartnerCard":
        """What the public may know of this partner."""
        return PartnerCard(id=self.id, name=self.name, url=self.url, logo_url=self.logo_url, licence=self.licence)


class PartnerCard(Contract):
    """A partner's public card, carried by each index version."""

    id: Slug
    name: str
    url: HttpAddress | None = None
    logo_url: HttpAddress | None = None
    licence: str = ""

"""The accounts of the demo. Their passwords are printed, so they exist in a demo's data folder only."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account, and what it is there to show."""

    email: str
    name: str
    password: str
    roles: tuple[str, ...]
    partners: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As `POST /v1/accounts` takes it."""
        return {
            "email": self.email,
            "name": self.name,
            "password": self.password,
            "roles": list(self.roles),
            "partners": list(self.partners),
        }


ADMIN = DemoAccount("admin@moisson.example", "Administration", "moissonner-demo-admin", ("admin",))
ACCOUNTS = (
    DemoAccount("intendance@moisson.example", "Intendance des données", "moissonner-demo-intendance", ("steward",)),
    DemoAccount("reseau@tilleul.example", "Réseau Tilleul", "moissonner-demo-tilleul", ("partner",), ("tilleul",)),
    DemoAccount("equipe@archipel.example", "Archipel commun", "moissonner-demo-archipel", ("partner",), ("archipel",)),
    DemoAccount("meunerie@moulin.example", "Moulin aux idées", "moissonner-demo-moulin", ("partner",), ("moulin",)),
)

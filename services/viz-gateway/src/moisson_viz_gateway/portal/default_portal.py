"""The portal that a new installation starts with: the Carrefour des innovations sociales, in French and English."""

from moisson_shared.contracts.errors import AlreadyExists
from moisson_shared.ports.documents import DocumentStore, Insert
from moisson_viz_gateway.portal.portal_document import PORTALS, Landmark, Portal, PortalMap

_TOWNS = (
    ("Paris", 48.857, 2.352),
    ("Lyon", 45.758, 4.835),
    ("Marseille", 43.296, 5.37),
    ("Toulouse", 43.605, 1.444),
    ("Bordeaux", 44.838, -0.579),
    ("Nantes", 47.218, -1.554),
    ("Lille", 50.629, 3.057),
    ("Strasbourg", 48.573, 7.752),
    ("Brest", 48.39, -4.486),
    ("Limoges", 45.834, 1.262),
    ("Dijon", 47.322, 5.041),
    ("Nice", 43.703, 7.266),
    ("Ajaccio", 41.927, 8.737),
)


def default_portal(portal_id: str = "cis") -> Portal:
    """The portal over the corpus `cis`."""
    return Portal(
        id=portal_id,
        corpus="cis",
        titles={"fr": "Carrefour des innovations sociales", "en": "Social Innovation Crossroads"},
        taglines={
            "fr": "Ce qui pousse près de chez vous.",
            "en": "See what is growing near you.",
        },
        intros={
            "fr": "Associations, coopératives, collectivités : partout en France, des projets répondent autrement aux "
            "besoins de société. Leurs partenaires les recensent ; ce moteur les réunit.",
            "en": "Associations, cooperatives, local authorities: all over France, projects answer social needs in new "
            "ways. Partners keep a census of them; this search engine brings them together.",
        },
        footers={
            "fr": "Les fiches appartiennent aux partenaires qui les publient. Chaque page de projet indique sa source "
            "et sa licence.",
            "en": "Records belong to the partners who publish them. Each project page names its source and licence.",
        },
        map=PortalMap(
            landmarks=tuple(Landmark(name=name, latitude=north, longitude=east) for name, north, east in _TOWNS)
        ),
    )


async def seed_default_portal(store: DocumentStore, portal_id: str) -> None:
    """Writes the default portal unless a portal of that name is there; two processes may race."""
    if await store.get(PORTALS, portal_id) is None:
        try:
            await store.apply([Insert(PORTALS, default_portal(portal_id))])
        except AlreadyExists:
            return

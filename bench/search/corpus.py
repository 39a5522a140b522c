"""An index of believable size, written once per run of the bench, and the queries asked of it."""

import asyncio
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import sized
from moisson_normalizer.defaults import default_schema, default_taxonomies
from moisson_shared.adapters.open_backends import open_search_writer
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import Place, Point, Project
from moisson_shared.querying.analysis import ANALYSIS
from moisson_shared.querying.visibility import layout_views

CORPUS = "bench"
PROJECTS = sized(20_000)
QUERIES = sized(2_000)
WORDS = [
    "projet",
    "atelier",
    "quartier",
    "habitants",
    "entraide",
    "emploi",
    "jardin",
    "mobilité",
    "école",
    "santé",
    "culture",
    "réseau",
    "énergie",
    "logement",
    "alimentation",
    "réparation",
    "numérique",
    "jeunesse",
    "famille",
    "solidarité",
    "territoire",
    "coopération",
    "formation",
    "handicap",
    "théâtre",
    "musique",
    "vélo",
    "cantine",
    "épicerie",
    "ferme",
    "compost",
    "bibliothèque",
    "lecture",
    "langue",
    "accueil",
    "exil",
    "dignité",
    "bénévoles",
    "seniors",
]


def a_project(number: int) -> Project:
    chance = random.Random(number)
    point = Point(latitude=chance.uniform(42, 51), longitude=chance.uniform(-4, 8))
    return Project(
        id=f"p{number:06}",
        corpus=CORPUS,
        partner=f"partner-{number % 7}",
        source=f"source-{number % 7}",
        group_key=str(number),
        fields={
            "title": " ".join(chance.choices(WORDS, k=5)).capitalize(),
            "description": " ".join(chance.choices(WORDS, k=90)),
            "themes": (chance.choice(["EMP", "SAN", "SOL", "ENV", "TER"]),),
        },
        places=(Place(point=point, fields={"city": f"Ville {number % 97}", "region": f"Région {number % 13}"}),),
    )


def queries() -> list[str]:
    """Two words each, in an order that repeats nothing soon."""
    chance = random.Random(11)
    return [" ".join(chance.sample(WORDS, 2)) for _ in range(QUERIES)]


async def write(folder: Path) -> None:
    """Builds and publishes the index."""
    schema = default_schema()
    views = layout_views(schema, [])
    layout = IndexLayout(
        corpus=CORPUS,
        analysis=ANALYSIS,
        data_schema=schema,
        taxonomies=default_taxonomies(),
        views=views.views,
        point_views=views.point_views,
    )
    writer = open_search_writer(f"tantivy://{folder}")
    version = await writer.begin(layout)
    for first in range(0, PROJECTS, 500):
        await writer.write(CORPUS, version, [a_project(number) for number in range(first, min(first + 500, PROJECTS))])
    partners = tuple(PartnerCard(id=f"partner-{number}", name=f"Partenaire {number}") for number in range(7))
    await writer.seal(
        Manifest(
            version=version,
            layout=layout,
            labels={"fr": "Banc d'essai"},
            partners=partners,
            built_at=datetime.now(UTC),
            projects=PROJECTS,
            places=PROJECTS,
        )
    )
    await writer.publish(CORPUS, version)
    await writer.close()


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))

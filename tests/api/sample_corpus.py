"""A small French corpus, published for real: the nouns of the search tests, and builders that take overrides."""

from datetime import UTC, datetime
from typing import Any

from moisson_shared.adapters.open_backends import open_search_writer
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import Place, Point, Project
from moisson_shared.contracts.schema import ConceptScheme, FieldType, Schema, SchemaField, Scope
from moisson_shared.contracts.taxonomy import Concept, Taxonomy, TaxonomyLevel
from moisson_shared.querying.visibility import SourceLevels, index_layout

CORPUS = "essai"
OPEN, COMMONS, COLLECTIVE, PRIVATE = AccessLevel
BUILT_AT = datetime(2026, 3, 1, tzinfo=UTC)

THEMES = Taxonomy(
    id="themes",
    labels={"fr": "Thèmes", "en": "Themes"},
    levels=(TaxonomyLevel(id="themes", labels={"fr": "Thèmes"}),),
    concepts=tuple(
        Concept(level="themes", code=code, labels={"fr": fr, "en": en})
        for code, fr, en in (
            ("EMP", "Emploi", "Employment"),
            ("LOG", "Logement", "Housing"),
            ("ENE", "Énergie", "Energy"),
            ("ALI", "Alimentation", "Food"),
        )
    ),
)
INTERNAL = Taxonomy(
    id="internal",
    labels={"fr": "Suivi interne"},
    levels=(TaxonomyLevel(id="steps", labels={"fr": "Étapes"}),),
    concepts=(Concept(level="steps", code="S1", labels={"fr": "À rappeler"}),),
)


def a_field(name: str, kind: FieldType, french: str, **flags: Any) -> SchemaField:
    return SchemaField(name=name, type=kind, labels={"fr": french}, **flags)


SCHEMA = Schema(
    id="essai",
    labels={"fr": "Essai"},
    title="title",
    fields=(
        a_field("title", FieldType.TEXT, "Titre", required=True, sort=True, search_weight=5),
        a_field("description", FieldType.TEXT, "Description", search_weight=1),
        SchemaField(
            name="themes",
            type=FieldType.CONCEPT,
            labels={"fr": "Thèmes", "en": "Themes"},
            scheme=ConceptScheme(taxonomy="themes", level="themes"),
            many=True,
            facet=True,
            search_weight=2,
        ),
        a_field("region", FieldType.KEYWORD, "Région", scope=Scope.PLACE, facet=True),
        a_field("year", FieldType.INTEGER, "Année", filter=True, sort=True),
        a_field("started", FieldType.DATE, "Début", filter=True, sort=True),
        a_field("active", FieldType.BOOLEAN, "En cours", facet=True),
        a_field("website", FieldType.URL, "Site"),
        a_field("email", FieldType.EMAIL, "Courriel", level=COLLECTIVE, filter=True, sort=True, search_weight=1),
        SchemaField(
            name="step",
            type=FieldType.CONCEPT,
            labels={"fr": "Étape"},
            scheme=ConceptScheme(taxonomy="internal", level="steps"),
            level=PRIVATE,
            facet=True,
        ),
    ),
)
PARTNERS = (PartnerCard(id="emmaus", name="Emmaüs"), PartnerCard(id="ffe", name="France engagée"))


def a_place(latitude: float, longitude: float, region: str) -> Place:
    return Place(point=Point(latitude=latitude, longitude=longitude), fields={"region": region})


PARIS = a_place(48.85, 2.35, "Île-de-France")
LYON = a_place(45.76, 4.84, "Auvergne-Rhône-Alpes")
FIDJI = a_place(-17.7, 178.0, "Fidji")
SAMOA = a_place(-13.8, -171.8, "Samoa")


def a_project(number: int, title: str, **changed: Any) -> Project:
    fields = {"title": title, **changed.pop("fields", {})}
    given: dict[str, Any] = {
        "id": f"p{number:02d}",
        "corpus": CORPUS,
        "partner": "ffe",
        "source": "ffe-csv",
        "group_key": f"clef-interne-{number}",
        "fields": fields,
    }
    return Project.model_validate(given | changed)


def sample_projects() -> list[Project]:
    """Twelve projects, one of them for partners only."""
    return [
        a_project(1, "Les bibliothèques de rue", places=(PARIS,), fields={"themes": ("EMP",), "year": 2010}),
        a_project(2, "L’énergie partagée", places=(LYON,), fields={"themes": ("ENE",), "year": 2012, "active": True}),
        a_project(3, "Un toit pour l'hiver", places=(PARIS, LYON), fields={"themes": ("LOG", "EMP"), "year": 2012}),
        a_project(4, "Jardins nourriciers", partner="emmaus", fields={"themes": ("ALI",), "started": "2016-05"}),
        a_project(5, "Épicerie solidaire", partner="emmaus", fields={"themes": ("ALI", "EMP"), "started": "2017"}),
        a_project(6, "Colocation étudiante", places=(LYON,), fields={"themes": ("LOG",), "active": False}),
        a_project(7, "Récif vivant", places=(FIDJI,), fields={"year": 2020, "email": "recif@exemple.fr"}),
        a_project(8, "École du lagon", places=(SAMOA,), fields={"year": 2021, "description": "Une école pour tous."}),
        a_project(9, "Ateliers vélo", fields={"description": "Réparer l’énergie humaine."}, url="https://exemple.fr/9"),
        a_project(10, "Ressourcerie", fields={"themes": ("EMP", "LOG", "ENE", "ALI"), "step": "S1"}),
        a_project(11, "Ressourcerie bis", fields={"website": "https://exemple.fr"}),
        a_project(12, "Réseau interne", level=COLLECTIVE, places=(PARIS,), fields={"themes": ("EMP",)}),
    ]


SOURCES = (SourceLevels(), SourceLevels(level=COMMONS), SourceLevels(level=COLLECTIVE), SourceLevels(level=PRIVATE))


def sample_layout(schema: Schema = SCHEMA, corpus: str = CORPUS) -> IndexLayout:
    return index_layout(corpus, schema, (THEMES, INTERNAL), SOURCES)


async def publish(
    search_url: str, projects: list[Project], layout: IndexLayout | None = None, *, clear: int | None = None
) -> int:
    """Publishes a version with these projects; its number. `clear` removes an earlier version afterwards."""
    layout = layout or sample_layout()
    writer = open_search_writer(search_url)
    version = await writer.begin(layout)
    await writer.write(layout.corpus, version, projects)
    manifest = Manifest(
        version=version,
        layout=layout,
        labels={"fr": "Corpus d’essai", "en": "Trial corpus"},
        partners=PARTNERS,
        built_at=BUILT_AT,
        projects=len(projects),
        places=sum(len(project.places) for project in projects),
    )
    await writer.seal(manifest)
    await writer.publish(layout.corpus, version)
    if clear is not None:
        await writer.discard(layout.corpus, clear)
    await writer.close()
    return version

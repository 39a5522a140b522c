"""A believable French corpus for the search contract: sixty projects with many places, levels and values."""

from datetime import UTC, datetime

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import FieldValue, Place, Point, Project
from moisson_shared.contracts.schema import ConceptScheme, FieldType, Schema, SchemaField, Scope
from moisson_shared.contracts.taxonomy import Concept, ConceptRef, Taxonomy, TaxonomyLevel
from moisson_shared.querying.visibility import SourceLevels, index_layout

CORPUS = "essai"
OPEN, COMMONS, COLLECTIVE, PRIVATE = AccessLevel

SCHEMA = Schema(
    id="essai",
    labels={"fr": "Essai"},
    title="title",
    fields=(
        SchemaField(
            name="title", type=FieldType.TEXT, labels={"fr": "Titre"}, required=True, search_weight=5, sort=True
        ),
        SchemaField(name="summary", type=FieldType.TEXT, labels={"fr": "Résumé"}, search_weight=1),
        SchemaField(
            name="themes",
            type=FieldType.CONCEPT,
            labels={"fr": "Thèmes"},
            many=True,
            facet=True,
            search_weight=3,
            scheme=ConceptScheme(taxonomy="themes", level="themes"),
        ),
        SchemaField(
            name="main_theme",
            type=FieldType.CONCEPT,
            labels={"fr": "Thème principal"},
            filter=True,
            sort=True,
            scheme=ConceptScheme(taxonomy="themes", level="themes"),
        ),
        SchemaField(
            name="keywords",
            type=FieldType.KEYWORD,
            labels={"fr": "Mots-clés"},
            many=True,
            facet=True,
            search_weight=2,
        ),
        SchemaField(name="status", type=FieldType.KEYWORD, labels={"fr": "Statut"}, facet=True, sort=True),
        SchemaField(name="founded", type=FieldType.DATE, labels={"fr": "Création"}, facet=True, sort=True),
        SchemaField(name="events", type=FieldType.DATE, labels={"fr": "Dates"}, filter=True, many=True),
        SchemaField(name="budget", type=FieldType.NUMBER, labels={"fr": "Budget"}, filter=True, sort=True),
        SchemaField(name="staff", type=FieldType.INTEGER, labels={"fr": "Effectif"}, facet=True, sort=True),
        SchemaField(name="grants", type=FieldType.NUMBER, labels={"fr": "Aides"}, filter=True, many=True),
        SchemaField(name="active", type=FieldType.BOOLEAN, labels={"fr": "Actif"}, facet=True, sort=True),
        SchemaField(name="website", type=FieldType.URL, labels={"fr": "Site"}, filter=True),
        SchemaField(
            name="region",
            type=FieldType.KEYWORD,
            labels={"fr": "Région"},
            scope=Scope.PLACE,
            facet=True,
            search_weight=1,
        ),
        SchemaField(
            name="city", type=FieldType.KEYWORD, labels={"fr": "Ville"}, scope=Scope.PLACE, facet=True, search_weight=1
        ),
        SchemaField(
            name="partners_note", type=FieldType.TEXT, labels={"fr": "Note"}, level=COMMONS, search_weight=2, sort=True
        ),
        SchemaField(
            name="phone", type=FieldType.PHONE, labels={"fr": "Téléphone"}, level=COLLECTIVE, facet=True, sort=True
        ),
        SchemaField(
            name="email",
            type=FieldType.EMAIL,
            labels={"fr": "Courriel"},
            level=PRIVATE,
            facet=True,
            sort=True,
            search_weight=1,
        ),
        SchemaField(
            name="margin", type=FieldType.NUMBER, labels={"fr": "Marge"}, level=PRIVATE, filter=True, sort=True
        ),
        SchemaField(
            name="door_code",
            type=FieldType.KEYWORD,
            labels={"fr": "Digicode"},
            level=COLLECTIVE,
            scope=Scope.PLACE,
            facet=True,
            search_weight=1,
        ),
    ),
)

THEMES = Taxonomy(
    id="themes",
    labels={"fr": "Thèmes"},
    levels=(TaxonomyLevel(id="themes", labels={"fr": "Thèmes"}),),
    concepts=(
        Concept(
            level="themes",
            code="EMP",
            labels={"fr": "Emploi et insertion", "en": "Jobs"},
            alternative_labels=("travail",),
        ),
        Concept(level="themes", code="ENE", labels={"fr": "Énergie", "en": "Energy"}),
        Concept(level="themes", code="LOG", labels={"fr": "Logement", "en": "Housing"}),
        Concept(
            level="themes",
            code="CUL",
            labels={"fr": "Culture", "en": "Culture"},
            broader=(ConceptRef(level="themes", code="LOG"),),
        ),
        Concept(level="themes", code="ÉDU", labels={"fr": "Éducation à l’environnement"}),
    ),
)

SOURCES = {
    "atlas": SourceLevels(),
    "reseau": SourceLevels(COMMONS, {"summary": COLLECTIVE, "keywords": PRIVATE}),
    "cercle": SourceLevels(PRIVATE),
}

_CITIES = (
    ("Paris", "Île-de-France", 48.8566, 2.3522),
    ("Lyon", "Auvergne-Rhône-Alpes", 45.764, 4.8357),
    ("Nîmes", "Occitanie", 43.8367, 4.3601),
    ("Brest", "Bretagne", 48.3904, -4.4861),
    ("Saint-Étienne", "Auvergne-Rhône-Alpes", 45.4397, 4.3872),
    ("Lille", "Hauts-de-France", 50.6292, 3.0573),
    ("Saint-Denis", "La Réunion", -20.8789, 55.4481),
    ("Mata-Utu", "Wallis-et-Futuna", -13.2825, -176.1736),
    ("Nouméa", "Nouvelle-Calédonie", -22.2711, 166.438),
    ("Évreux", "Normandie", 49.0241, 1.1508),
)
_THINGS = (
    ("Bibliothèque de rue", "Des bibliothèques sur le trottoir, et l’énergie des voisins chaque été.", "CUL"),
    ("Coopérative d'énergie citoyenne", "Panneaux solaires posés sur les écoles par les habitants.", "ENE"),
    ("Chantier d’insertion", "Des chevaux de trait entretiennent les berges ; l'œuvre de vingt salariés.", "EMP"),
    ("Habitat partagé", "Logements pour jeunes et aînés, salle commune et jardin potager.", "LOG"),
    ("École du dehors", "Classe en forêt : apprendre la nature, aujourd'hui et demain.", "ÉDU"),
    ("Épicerie solidaire", "Aide alimentaire et ateliers de cuisine. Vente à prix coûtant.", "EMP"),
    ("Régie de quartier", "Travaux, médiation et lien social dans le quartier.", "EMP"),
    ("Café associatif", "Un lieu où l’on boit, l'on répare et l'on chante.", "CUL"),
    ("Recyclerie", "Collecte, tri et vente d'objets ; réparation de vélos.", "ENE"),
    ("Atelier vélo", "Réparer son vélo soi-même. " * 12 + "Puis rouler vers la bibliothèque.", "ENE"),
)
_STATUSES = ("association", "coopérative", "Établissement public", "entreprise")
_KEYWORDS = ("vélo", "jardin partagé", "aide alimentaire", "école", "numérique", "Œuvre", "jardin")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def layout() -> IndexLayout:
    """The layout of the corpus, from its three sources."""
    return index_layout(CORPUS, SCHEMA, (THEMES,), SOURCES.values())


def manifest(version: int, projects: int = 0, of: IndexLayout | None = None) -> Manifest:
    """A manifest for a version."""
    return Manifest(
        version=version,
        layout=of or layout(),
        labels={"fr": "Essai"},
        partners=(PartnerCard(id="atlas", name="Atlas"),),
        built_at=datetime(2026, 5, 17, 8, 30, tzinfo=UTC),
        projects=projects,
        places=0,
    )


def a_project(
    project_id: str,
    *,
    source: str = "atlas",
    title: str = "Projet",
    places: tuple[Place, ...] = (),
    level: AccessLevel | None = None,
    field_levels: dict[str, AccessLevel] | None = None,
    **fields: FieldValue,
) -> Project:
    """A project of one of the three sources, with their levels unless told otherwise."""
    return Project(
        id=project_id,
        corpus=CORPUS,
        partner=source,
        source=source,
        group_key=f"cle-{project_id}",
        level=SOURCES[source].level if level is None else level,
        field_levels=dict(SOURCES[source].field_levels) if field_levels is None else field_levels,
        fields={"title": title, **fields},
        places=places,
    )


def a_place(city: int = 0, *, east: float = 0.0, north: float = 0.0, **fields: FieldValue) -> Place:
    """A place in one of the ten cities, moved by some degrees."""
    name, region, latitude, longitude = _CITIES[city]
    point = Point(latitude=round(latitude + north, 6), longitude=round(longitude + east, 6))
    return Place(point=point, fields={"city": name, "region": region, **fields})


def the_corpus() -> tuple[Project, ...]:
    """The sixty projects: every third of the last ones is not open, values go missing in regular ways."""
    return tuple(_project(number) for number in range(60))


def _project(number: int) -> Project:
    thing, summary, theme = _THINGS[number % 10]
    source = ("atlas", "atlas", "reseau", "atlas", "cercle")[number % 5]
    city = number * 7 % 10
    fields: dict[str, FieldValue] = {
        "summary": summary,
        "themes": tuple(dict.fromkeys((theme, ("EMP", "ENE", "LOG", "CUL", "ÉDU", "INCONNU")[number % 6]))),
        "main_theme": theme,
    }
    if number % 4:
        fields["keywords"] = tuple(dict.fromkeys((_KEYWORDS[number % 7], _KEYWORDS[number * 3 % 7])))
        fields["status"] = _STATUSES[number % 4]
    if number % 7:
        fields["founded"] = ("2016", "2016-05", "2016-05-17", "2011-11-30", "2020", "2019-02")[number % 6]
        fields["events"] = (f"20{10 + number % 9}-06", f"20{15 + number % 9}")
    if number % 3:
        fields["budget"] = (number * 37 % 11) * 1000.5
        fields["staff"] = number % 8
        fields["grants"] = (float(number % 5), 100.0 + number)
    if number % 5 != 1:
        fields["active"] = number % 2 == 0
    fields["website"] = f"https://exemple.fr/{number % 20}"
    fields["partners_note"] = f"Relu par {_THINGS[(number + 3) % 10][0]}"
    if number % 2:
        fields["phone"] = f"+3315555{number % 6:04}"
        fields["email"] = f"contact{number % 9}@exemple.fr"
        fields["margin"] = -number / 8
    places = []
    if number % 9:
        places.append(a_place(city, east=(number % 4) * 0.01, door_code=f"A{number % 3}"))
    if number % 3 == 0:
        places.append(a_place((city + 3) % 10, north=(number % 5) * 0.02))
        places.append(Place(fields={"city": "Évreux", "region": "Normandie"}))
    if number % 8 == 0:
        places.append(a_place((city + 5) % 10))
    return Project(
        id=f"{_LETTERS[number * 11 % 26]}{'é' if number % 2 else '-'}{number:02}",
        corpus=CORPUS,
        partner=source,
        source=source,
        group_key=f"cle-{number}",
        url=f"https://exemple.fr/projets/{number}" if number % 2 else None,
        level=SOURCES[source].level,
        field_levels=dict(SOURCES[source].field_levels),
        fields={"title": f"{thing} de {_CITIES[city][0]}" if number % 6 else f"{thing} {number // 20}", **fields},
        places=tuple(places),
    )

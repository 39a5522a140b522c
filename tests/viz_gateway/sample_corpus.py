"""A small corpus for the gateway's tests: fields of every kind, two levels of themes, projects all over France."""
# ruff: noqa: E501 - prose of sample projects

from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.project import FieldValue, Place, Point
from moisson_shared.contracts.schema import ConceptScheme, FieldType, Schema, SchemaField, Scope, View
from moisson_shared.contracts.taxonomy import Concept, ConceptRef, Taxonomy, TaxonomyLevel
from moisson_viz_gateway.neighbours.api_client import ProjectAnswer

EVERYWHERE = frozenset(View)
PAGE = frozenset({View.PAGE})

SCHEMA = Schema(
    id="cis",
    labels={"fr": "Projets", "en": "Projects"},
    title="title",
    fields=(
        SchemaField(
            name="title",
            type=FieldType.TEXT,
            labels={"fr": "Nom", "en": "Name"},
            required=True,
            search_weight=8,
            sort=True,
            shown=EVERYWHERE,
        ),
        SchemaField(
            name="description",
            type=FieldType.TEXT,
            labels={"fr": "Présentation", "en": "About"},
            search_weight=2,
            shown=EVERYWHERE,
        ),
        SchemaField(
            name="holder",
            type=FieldType.KEYWORD,
            labels={"fr": "Structure porteuse", "en": "Run by"},
            search_weight=3,
            shown=PAGE,
        ),
        SchemaField(
            name="themes",
            type=FieldType.CONCEPT,
            labels={"fr": "Thèmes", "en": "Themes"},
            many=True,
            facet=True,
            search_weight=2,
            scheme=ConceptScheme(taxonomy="cis", level="themes"),
            shown=EVERYWHERE,
        ),
        SchemaField(
            name="audience",
            type=FieldType.KEYWORD,
            labels={"fr": "Public", "en": "Audience"},
            many=True,
            facet=True,
            shown=PAGE,
        ),
        SchemaField(
            name="started",
            type=FieldType.DATE,
            labels={"fr": "Depuis", "en": "Since"},
            filter=True,
            sort=True,
            shown=PAGE,
        ),
        SchemaField(
            name="people",
            type=FieldType.INTEGER,
            labels={"fr": "Bénéficiaires", "en": "People reached"},
            filter=True,
            sort=True,
            shown=PAGE,
        ),
        SchemaField(
            name="open",
            type=FieldType.BOOLEAN,
            labels={"fr": "Ouvert au public", "en": "Open to all"},
            facet=True,
            shown=PAGE,
        ),
        SchemaField(name="website", type=FieldType.URL, labels={"fr": "Site", "en": "Website"}, shown=PAGE),
        SchemaField(name="email", type=FieldType.EMAIL, labels={"fr": "Courriel", "en": "E-mail"}, shown=PAGE),
        SchemaField(name="phone", type=FieldType.PHONE, labels={"fr": "Téléphone", "en": "Telephone"}, shown=PAGE),
        SchemaField(name="picture", type=FieldType.IMAGE, labels={"fr": "Image", "en": "Picture"}, shown=PAGE),
        SchemaField(
            name="city",
            type=FieldType.KEYWORD,
            labels={"fr": "Ville", "en": "Town"},
            scope=Scope.PLACE,
            shown=EVERYWHERE,
            search_weight=3,
        ),
        SchemaField(
            name="region",
            type=FieldType.KEYWORD,
            labels={"fr": "Région", "en": "Region"},
            scope=Scope.PLACE,
            facet=True,
            shown=PAGE,
        ),
    ),
)

_THEMES = {
    "EMP": ("Emploi", "Employment"),
    "ENV": ("Environnement", "Environment"),
    "SAN": ("Santé", "Health"),
    "EDU": ("Éducation et jeunesse", "Education and youth"),
    "ALI": ("Alimentation", "Food"),
    "NUM": ("Numérique", "Digital"),
    "HAB": ("Habitat", "Housing"),
    "CUL": ("Culture", "Culture"),
}

TAXONOMY = Taxonomy(
    id="cis",
    labels={"fr": "Thèmes", "en": "Themes"},
    levels=(
        TaxonomyLevel(id="themes", labels={"fr": "Thèmes", "en": "Themes"}),
        TaxonomyLevel(id="sub-themes", labels={"fr": "Sous-thèmes", "en": "Sub-themes"}),
    ),
    concepts=(
        *(Concept(level="themes", code=c, labels={"fr": fr, "en": en}) for c, (fr, en) in _THEMES.items()),
        Concept(
            level="sub-themes", code="BIO", labels={"fr": "Bio"}, broader=(ConceptRef(level="themes", code="ALI"),)
        ),
    ),
)

PARTNERS = (
    PartnerCard(
        id="batisseurs",
        name="Les Bâtisseurs du commun",
        url="https://batisseurs.example/",
        licence="Licence Ouverte 2.0",
    ),
    PartnerCard(id="tissage", name="Tissage", url="https://tissage.example/"),
    PartnerCard(id="ronce", name="La Ronce et le Lierre", licence="ODbL 1.0"),
)

_TOWNS = (
    ("Nantes", "Pays de la Loire", 47.218, -1.554),
    ("Rennes", "Bretagne", 48.117, -1.678),
    ("Lyon", "Auvergne-Rhône-Alpes", 45.758, 4.835),
    ("Grenoble", "Auvergne-Rhône-Alpes", 45.188, 5.724),
    ("Marseille", "Provence-Alpes-Côte d’Azur", 43.296, 5.37),
    ("Lille", "Hauts-de-France", 50.629, 3.057),
    ("Roubaix", "Hauts-de-France", 50.69, 3.18),
    ("Saint-Denis", "La Réunion", -20.879, 55.448),
    ("Montreuil", "Île-de-France", 48.861, 2.441),
    ("Paris", "Île-de-France", 48.857, 2.352),
    ("Strasbourg", "Grand Est", 48.573, 7.752),
    ("Toulouse", "Occitanie", 43.605, 1.444),
    ("Brest", "Bretagne", 48.39, -4.486),
    ("Bordeaux", "Nouvelle-Aquitaine", 44.838, -0.579),
)

_KINDS = (
    (
        "L’atelier vélo des {0}",
        "Un atelier où l’on apprend à réparer son vélo soi-même, avec des outils partagés et des bénévoles qui transmettent leur savoir-faire. Les vélos donnés repartent vers des personnes en recherche d’emploi.",
        ("ENV", "EMP"),
    ),
    (
        "Épicerie solidaire {0}",
        "Des produits frais de la région, vendus à prix doux aux familles du quartier. L’épicerie achète aux maraîchers voisins ce qui ne trouve pas sa place en magasin, et cuisine le reste.",
        ("ALI", "ENV"),
    ),
    (
        "La conciergerie numérique {0}",
        "Une permanence pour apprivoiser l’ordinateur, faire ses démarches en ligne et garder le lien. Chaque semaine, des lycéens accompagnent les plus âgés.",
        ("NUM", "EDU"),
    ),
    (
        "Maison de santé {0}",
        "Médecins, infirmières et médiatrices reçoivent ensemble, sans avance de frais. La prévention passe aussi par la cuisine, la marche et le théâtre.",
        ("SAN",),
    ),
    (
        "Habiter autrement {0}",
        "Un immeuble conçu par celles et ceux qui l’habitent : huit logements, une salle commune, un jardin, et des charges divisées par deux grâce aux économies d’énergie.",
        ("HAB", "ENV"),
    ),
    (
        "Bibliothèques de rue {0}",
        "Le samedi matin, les livres descendent au pied des immeubles. Des conteurs, des couvertures, du temps : les enfants choisissent, les parents s’arrêtent.",
        ("EDU", "CUL"),
    ),
)
_NAMES = (
    "Trois Quartiers",
    "de la Butte",
    "du Canal",
    "des Possibles",
    "du Vieux Port",
    "des Faubourgs",
    "de l’Écluse",
)


def _project(number: int) -> ProjectAnswer:
    title, text, themes = _KINDS[number % len(_KINDS)]
    town, region, north, east = _TOWNS[number % len(_TOWNS)]
    other, other_region, other_north, other_east = _TOWNS[(number * 5 + 3) % len(_TOWNS)]
    places = [Place(point=Point(latitude=north, longitude=east), fields={"city": town, "region": region})]
    if number % 4 == 0 and other != town:
        places.append(
            Place(
                point=Point(latitude=other_north, longitude=other_east), fields={"city": other, "region": other_region}
            )
        )
    fields: dict[str, FieldValue] = {
        "title": title.format(_NAMES[number % len(_NAMES)]),
        "description": text,
        "holder": ("Association Le Fil", "SCIC Terre commune", "Coopérative Les Tisserands")[number % 3],
        "themes": themes,
        "audience": (("Jeunes",), ("Familles", "Seniors"), ("Tous publics",))[number % 3],
        "started": ("2016", "2018-05", "2021-03-17")[number % 3],
        "people": 120 + number * 37,
        "open": number % 2 == 0,
        "website": f"https://projet-{number}.example/accueil",
        "email": f"bonjour@projet-{number}.example",
        "phone": "+33 2 40 00 00 00",
    }
    partner = PARTNERS[number % 3].id
    return ProjectAnswer(
        id=f"p{number:03}",
        title=str(fields["title"]),
        url=f"https://{partner}.example/projets/{number}" if number % 5 else None,
        partner=partner,
        source=f"{partner}-annuaire",
        fields=fields,
        places=tuple(places) if number % 9 else (),
    )


def sample_projects(number: int = 42) -> tuple[ProjectAnswer, ...]:
    """That many projects, always the same ones."""
    return tuple(_project(place) for place in range(1, number + 1))


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}</textarea></script>"


def hostile_project() -> ProjectAnswer:
    """A project whose every field is an attack."""
    fields: dict[str, FieldValue] = {
        "title": f"Hostile {HOSTILE}",
        "description": f"{HOSTILE}\n\n{HOSTILE}",
        "holder": HOSTILE,
        "themes": (HOSTILE,),
        "audience": (HOSTILE, "javascript:alert(3)"),
        "started": HOSTILE,
        "people": 3,
        "website": "javascript:alert(4)",
        "email": '"><script>alert(5)</script>@x.example',
        "phone": "javascript:alert(6)",
        "picture": "data:text/html,<script>alert(7)</script>",
    }
    return ProjectAnswer(
        id='hostile"><script>alert(8)<script>..x',
        title=f"Hostile {HOSTILE}",
        url="javascript:alert(9)//https://fine.example",
        partner="ronce",
        source="ronce-annuaire",
        fields=fields,
        places=(
            Place(point=Point(latitude=48.0, longitude=2.0), fields={"city": HOSTILE, "region": HOSTILE}),
            Place(fields={"city": "</script><script>alert(10)</script>"}),
        ),
    )

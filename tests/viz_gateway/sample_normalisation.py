"""What a small normalizer has: a corpus with a candidate version, a recipe with its preview, rejects, a run."""

from datetime import UTC, datetime, timedelta

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.normalisation import (
    Check,
    Difference,
    NormalisationRun,
    Preview,
    PreviewProject,
    PreviewRow,
    ProjectSample,
    RecipeCounters,
    Reject,
    RunOutcome,
    VersionSummary,
)
from moisson_shared.contracts.project import Place, Point, Project, Provenance
from moisson_shared.contracts.recipe import (
    Collect,
    Coordinates,
    Lookup,
    NullTokens,
    ParseDate,
    ParseUrl,
    Recipe,
    Rename,
    Split,
    Trim,
)
from moisson_shared.contracts.run import RunState
from tests.viz_gateway.sample_corpus import HOSTILE

START = datetime(2026, 3, 18, 10, 0, tzinfo=UTC)
COUNTERS = RecipeCounters(
    recipe="ronce-annuaire",
    source="ronce-annuaire",
    partner="ronce",
    raw_records=42,
    rejects=2,
    projects=40,
    places=38,
    new=2,
    changed=3,
    unchanged=35,
    unused_fields={"Couleur": 12},
)
RECIPE = Recipe(
    id="ronce-annuaire",
    corpus="cis",
    source="ronce-annuaire",
    partner="ronce",
    version=3,
    ignore=("Référence interne",),
    steps=(
        NullTokens(tokens=("NR", "null")),
        Trim(),
        Rename(columns={"Nom du projet": "title", "Présentation": "description"}),
        Split(column="Thématiques", separator=";", to="mots"),
        Lookup(columns=("mots",), to="themes"),
        ParseDate(column="Lancement", to="started", formats=("%d/%m/%Y", "%Y")),
        ParseUrl(column="Site", to="website"),
        Collect(columns=("Public 1", "Public 2"), to="audience"),
        Coordinates(x="Longitude", y="Latitude"),
    ),
)
REJECTS = (
    Reject(
        recipe="ronce-annuaire",
        key="12",
        step=4,
        field="themes",
        value="Jardinage lunaire",
        code="unknown-concept",
        message="no concept of cis-themes/themes has this code or label",
    ),
    Reject(
        recipe="ronce-annuaire",
        key=HOSTILE,
        step=5,
        field="started",
        value=HOSTILE,
        code="not-a-date",
        message="not a date in any of the formats: %d/%m/%Y, %Y",
        whole=True,
    ),
    Reject(
        recipe="ronce-annuaire",
        key="31",
        field="title",
        value="",
        code="required-missing",
        message="a project cannot be without this field",
    ),
    Reject(
        recipe="ronce-annuaire",
        key="12",
        step=4,
        field="Libellé",
        value="Emploi",
        code="label-contradicts-code",
        message="the label is that of another concept than the code; the code was taken",
        warning=True,
    ),
)
CORPUS = Corpus(id="cis", labels={"fr": "Carrefour des innovations sociales"}, schema_id="cis", taxonomies=("cis",))
RUN = NormalisationRun(
    id="n1",
    corpus="cis",
    state=RunState.DONE,
    requested_by="a1",
    queued_at=START,
    started_at=START,
    finished_at=START + timedelta(seconds=4),
    outcome=RunOutcome.BUILT,
    version=3,
    recipes=(COUNTERS,),
)
PREVIEW = Preview(
    raw_records=42,
    groups=40,
    offset=0,
    unused_fields={"Couleur": 12},
    absent_columns=("Public 2",),
    projects=(
        PreviewProject(
            project=Project(
                id="p1",
                corpus="cis",
                partner="ronce",
                source="ronce-annuaire",
                group_key="12",
                fields={"title": "La Ressourcerie du Canal", "themes": ("ENV", "EMP"), "started": "2016-05-17"},
                places=(Place(point=Point(latitude=47.2, longitude=-1.55), fields={"city": "Nantes"}),),
                provenance={
                    "title": (Provenance(key="12", raw_fields=("Nom du projet",), steps=(1, 2)),),
                    "themes": (Provenance(key="12", raw_fields=("Thématiques",), steps=(1, 3, 4)),),
                    "city": (Provenance(key="12", raw_fields=("Ville",), steps=(1,)),),
                },
            ),
            rows=(
                PreviewRow(
                    key="12",
                    ordinal=0,
                    url=None,
                    values={
                        "Nom du projet": " La Ressourcerie du Canal ",
                        "Thématiques": "Environnement; Emploi",
                        "Lancement": "17/05/2016",
                        "Ville": "Nantes",
                        "Couleur": HOSTILE,
                    },
                ),
            ),
            trace=(),
            rejects=(REJECTS[0],),
        ),
        PreviewProject(
            project=None,
            rows=(PreviewRow(key="13", ordinal=0, url=None, values={"Ville": "Brest"}),),
            trace=(),
            rejects=(REJECTS[2],),
        ),
    ),
)


def a_version(number: int, state: str, *, passes: bool = True) -> VersionSummary:
    """A version of the corpus."""
    return VersionSummary.model_validate(
        {
            "version": number,
            "state": state,
            "run_id": "n1",
            "built_at": START,
            "projects": 38 + number,
            "places": 40,
            "recipes": [COUNTERS],
            "checks": [
                Check(name="sealed", passed=True, message="the version is complete"),
                Check(
                    name="largest-loss",
                    passed=passes,
                    message="2 of 40 live projects would go (5%); at most 3% may",
                    figures={"gone": 2, "live": 40, "share": 0.05, "most": 0.03},
                ),
                Check(
                    name="sources",
                    passed=False,
                    message="1 of 2 sources have no complete run or no records yet: moulin-places",
                    warning=True,
                    figures={"sources": 2, "missing": 1},
                    names=("moulin-places",),
                ),
            ],
            "difference": Difference(
                new=2,
                changed=3,
                gone=1,
                new_samples=(ProjectSample(id="p1", title="Le Jardin partagé"),),
                gone_samples=(ProjectSample(id="p2", title=HOSTILE),),
            ),
        }
    )

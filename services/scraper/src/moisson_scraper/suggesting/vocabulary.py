"""The words that pages use for their parts, in French and English: in class names, labels and links. Data, and pure."""

import re
import unicodedata


def word_set(words: str) -> frozenset[str]:
    """Words with blanks between them."""
    return frozenset(words.split())


NAMES: dict[str, frozenset[str]] = {
    name: word_set(words)
    for name, words in {
        "titre": "titre title headline intitule heading",
        "sous-titre": "subtitle soustitre subheading subheadline surtitre",
        "description": (
            "description summary excerpt resume presentation chapo chapeau accroche intro teaser desc body note lead"
        ),
        "ville": "ville commune city town locality localite",
        "code postal": "postcode postal zip cp codepostal zipcode",
        "adresse": "adresse address street rue location lieu",
        "département": "departement department dept",
        "région": "region",
        "date": "date published datetime posted created",
        "catégorie": "categorie category cat cats theme thematique rubrique famille domaine topic",
        "mots-clés": "tags tag keywords keyword badge badges etiquette etiquettes",
        "porteur": "porteur author auteur carrier owner structure",
        "téléphone": "telephone phone tel",
        "courriel": "courriel email mail mel",
        "site": "website siteweb web",
        "image": "image img photo visuel logo thumbnail picture",
        "statut": "statut status etat",
        "référence": "reference ref identifiant",
    }.items()
}
"""What a field is called that a page names by one of these words."""
_KNOWN = {word: name for name, words in NAMES.items() for word in words}
_OWN_WORDS = word_set(
    "famille theme thematique rubrique domaine commune presentation resume chapeau accroche intitule localite "
    "note surtitre auteur structure etat photo logo visuel region lieu"
)
"""French words that say more than our name for them: they stay."""

_ITEM = word_set(
    "card carte item element projet project fiche entry post article result resultat teaser node row initiative "
    "news actu actualite event evenement member membre organisation structure lieu listing product tile vignette"
)
_LAYOUT = re.compile(
    r"^(?:col|row|grid|flex|container|wrapper?|inner|outer|clearfix|cf|left|right|odd|even|first|last|active|current|"
    r"is|has|d|m|p|mb|mt|ml|mr|mx|my|pb|pt|pl|pr|px|py|w|h|g|gap|text|bg|border|rounded|shadow|align|justify|items|"
    r"float|pull|push|small|medium|large|xs|sm|md|lg|xl|u|js|wow|fade|animated|hidden|visible|block|inline|even|"
    r"uk|span|column|columns|cell|no|size|type|status|format|hentry|h100|sticky|featured)(?:[-_].*)?$|"
    r"^(?:(?:max|min)-[wh]|leading|tracking|line-clamp|space-[xy]|divide|object|aspect|font|transition|duration)-.+$|"
    r"^(?:absolute|relative|truncate|uppercase|transition|antialiased)$|"
    r"^(?:css|sc|jsx|svelte)-[A-Za-z0-9]{5,12}$|^(?:fr-icon|fa[bsr]?|bi|glyphicon|dashicons)(?:-.*)?$"
)
_NUMBERED = re.compile(r"(?:^|[-_])\d+$|\d{3,}")
_PLAIN = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$|^-[A-Za-z_][A-Za-z0-9_-]*$")
_GENERIC = word_set(
    "text texte content contenu body inner value item field link lien btn button label block bloc info infos meta "
    "details detail data wrapper list liste p h more suite read header footer main entry card views name even odd "
    "line ligne elementor widget section "
    "wrap container con box links liens on by editor root fr media"
)
_CHROME = word_set(
    "menu nav navbar navigation sidebar breadcrumb breadcrumbs ariane pagination pager cookie "
    "cookies share partage social modal popup newsletter banner topbar toolbar skip search recherche "
    "filters filtres"
)
_PAGE_ENDS = word_set("header footer widget widgets")
_OF_THE_PAGE = word_set(
    "header footer site main page global top bottom wrapper container inner area widget widgets section primary"
)
_ALWAYS_CHROME = word_set("breadcrumb breadcrumbs ariane pagination pager share partage cookie cookies sidebar")
_PAIRS: dict[tuple[str, ...], str] = {
    ("code", "postal"): "code postal",
    ("postal", "code"): "code postal",
    ("sous", "titre"): "sous-titre",
    ("sub", "title"): "sous-titre",
}
_TITLES = word_set("titre nom intitule name title denomination")
_MODULE = re.compile(r"^[A-Z][A-Za-z0-9]*_([A-Za-z0-9-]+)__[A-Za-z0-9_-]{5}$")
"""What CSS modules make of a class: file, name and a digest."""
_PREFIX = re.compile(r"^(?:field--?name-|views-field-)(?:field-)?")
"""What Drupal puts before the names of fields."""
_NEXT = re.compile(
    r"^(?:(?:page|pages|fiches|projets|articles|posts|résultats)?\s*(?:suivante?s?|next)(?:\s*(?:page|posts?|»|›|>|→))?|"
    r"articles plus anciens|plus anciens|older posts?|older|»|›|>|→|>>|next page)$"
)
_MORE = re.compile(
    r"(?:charger|afficher|voir|load|show)\s.{0,20}(?:plus|suite|more|suivant)|(?:plus|more)\s+de?\s|load more"
)
_READ_ON = re.compile(
    r"^(?:lire la suite|lire plus|en savoir plus|voir (?:la fiche|le projet|plus|le détail)|découvrir|"
    r"(?:en )?savoir plus|détails?|read more|more|voir|suite|consulter.{0,20}|plus d.infos?)\W*$"
)


def plain(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def words_of(token: str) -> tuple[str, ...]:
    """The words of a class name: `card__codePostal` has card, code, postal."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", token)
    return tuple(word for word in re.split(r"[-_]+", plain(parted)) if word)


def token_weight(token: str) -> int:
    """How much a class name says: 0 for layout, state and numbers, or what CSS cannot write plainly; 2 for items."""
    if not _PLAIN.match(token) or len(token) > 80 or _LAYOUT.match(token) or _NUMBERED.search(token):
        return 0
    return 2 if not _ITEM.isdisjoint(words_of(token)) else 1


def is_item_word(word: str) -> bool:
    """Whether a word names the things that sites list: projects, members, news, in one or many."""
    return word in _ITEM or word.rstrip("sx") in _ITEM


def name_of_token(token: str) -> str | None:
    """The field that a class or property name stands for, in the page's own words; None where it says nothing."""
    module = _MODULE.match(token)
    bare = module[1] if module is not None else _PREFIX.sub("", token)
    if bare == "body":
        return "description"
    words = words_of(bare)
    telling = [word for word in words if word not in _GENERIC and word not in _ITEM and not word.isdigit()]
    if not telling:
        return next((_KNOWN[word] for word in reversed(words) if word in _KNOWN and word in _ITEM), None)
    if (pair := _PAIRS.get(tuple(telling[-2:]))) is not None:
        return pair
    last = telling[-1]
    if last in _KNOWN and last not in _OWN_WORDS:
        return _KNOWN[last]
    return " ".join(telling[-2:]) if "__" not in bare and len(telling) > 1 and telling[0] != telling[1] else last


def is_known(name: str) -> bool:
    """Whether a field's name is one of those that many sites have."""
    return name in NAMES or plain(name) in _KNOWN


def is_title(name: str) -> bool:
    """Whether a field's name says that it names the item: `titre`, `Nom du projet`, and no `sous-titre`."""
    words = words_of(name.replace(" ", "-"))
    return not _TITLES.isdisjoint(words) and "sous" not in words


def name_of_label(text: str) -> str:
    """A label as a field's name: without its colon."""
    return " ".join(text.split()).rstrip(" :：").strip()[:100]


def is_chrome(token: str, *, anywhere: bool) -> bool:
    """Whether a class name or id is of navigation and the like; `anywhere`: even within the main part of a page."""
    words = words_of(token)
    if not (_ALWAYS_CHROME if anywhere else _CHROME).isdisjoint(words):
        return True
    # A card and a panel have headers and footers too: only those of the page are meant.
    return not anywhere and not _PAGE_ENDS.isdisjoint(words) and _OF_THE_PAGE.issuperset(words)


def says_next(text: str) -> bool:
    """Whether a link's text, title or label leads to the next page."""
    told = " ".join(text.lower().split()).strip()
    return bool(_NEXT.match(told) or _NEXT.match(told.strip("«‹<←»›>→ ").strip()))


def says_more(text: str) -> bool:
    """Whether a button loads more of a list."""
    return bool(_MORE.search(" ".join(text.lower().split())))


def says_read_on(text: str) -> bool:
    """Whether a link's text is the same for every item: `Lire la suite`."""
    told = " ".join(text.lower().split())
    return bool(_READ_ON.match(told)) or told.startswith(("lire la suite", "en savoir plus", "read more"))

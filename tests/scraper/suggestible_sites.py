"""Invented directories in the shapes that French sites have, each with the records that a good spider finds in it."""

from collections.abc import Callable

from tests.scraper.suggestible_data import (
    airtable_json,
    csv_file,
    cursor_json,
    geojson,
    graphql_json,
    guarded_json,
    next_address_json,
    offered_csv,
    offset_json,
    page_json,
    plain_json,
    rss,
    sitemap,
)
from tests.scraper.suggestible_listings import (
    accordion,
    blog,
    bold_labels,
    bootstrap,
    cards,
    definition_lists,
    folded,
    gallery,
    headings_and_labels,
    headings_and_paragraphs,
    labelled_pages,
    lines_of_text,
    links_only,
    load_more,
    map_and_list,
    no_classes,
    table,
    table_with_groups,
    tables_by_theme,
    terms,
)
from tests.scraper.suggestible_projects import Shape
from tests.scraper.suggestible_systems import (
    css_modules,
    drupal,
    dsfr,
    hcard,
    joomla,
    json_ld,
    media,
    microdata,
    spip,
    tailwind,
    webflow,
    wordpress,
)

SHAPES: tuple[Callable[[], Shape], ...] = (
    cards, table, definition_lists, terms, wordpress, drupal, bootstrap, blog, links_only, map_and_list, microdata,
    load_more, json_ld, no_classes, accordion, tailwind, spip, bold_labels,
    plain_json, cursor_json, next_address_json, page_json, offset_json, csv_file, offered_csv, rss, sitemap, geojson,
    airtable_json, graphql_json, guarded_json,
    headings_and_paragraphs, headings_and_labels, lines_of_text, tables_by_theme,
    table_with_groups, hcard, joomla, webflow, dsfr,
    css_modules, folded, gallery, media, labelled_pages,
)  # fmt: skip

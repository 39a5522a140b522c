"""The readable page of a service's OpenAPI document: one HTML page without script and without anything from elsewhere.

FastAPI's own page loads its script from a CDN; ours is for machines that reach no CDN.
"""

from html import escape

import orjson

from moisson_shared.contracts.model import JsonObject

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2433;--soft:#5b6472;--line:#d9dee6;--paper:#fff;--shade:#f4f6f9;--accent:#0b6e4f}
@media(prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#a0a9b8;--line:#333b49;
--paper:#14181f;--shade:#1c222c;--accent:#5fd1a8}}
body{margin:0 auto;max-width:60rem;padding:2rem 1rem;color:var(--ink);background:var(--paper);
font:1rem/1.5 system-ui,sans-serif;}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}summary{cursor:pointer;padding:.5rem 0}
summary code{font-weight:600}.method{display:inline-block;min-width:4.5rem;color:var(--accent);font-weight:700}
details{border-bottom:1px solid var(--line)}details>div{padding:0 0 1rem 1rem}p,td{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}
th{font-weight:600;color:var(--soft)}pre{background:var(--shade);padding:.75rem;overflow:auto;border-radius:.4rem}.soft{color:var(--soft)}
"""


def docs_page(document: JsonObject) -> str:
    """HTML of the whole document: operations by path, their parameters, bodies and answers, then the schemas."""
    info = document.get("info", {})
    title = escape(str(info.get("title", "")))
    operations = "".join(
        _operation(method.upper(), path, operation)
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    )
    schemas = document.get("components", {}).get("schemas", {})
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body>'
        f'<h1>{title} <small class="soft">{escape(str(info.get("version", "")))}</small></h1>'
        f"<p>{escape(str(info.get('description', '')))}</p>"
        '<p class="soft">For programs: <a href="openapi.json">openapi.json</a> '
        f"(OpenAPI {escape(str(document.get('openapi', '')))}).</p>"
        f"<h2>Calls</h2>{operations}<h2>Schemas</h2>{''.join(_schema(*pair) for pair in schemas.items())}</body></html>"
    )


def _operation(method: str, path: str, operation: JsonObject) -> str:
    parts = [f"<p>{escape(str(operation.get('description', '')))}</p>"]
    if parameters := operation.get("parameters"):
        rows = "".join(_parameter(parameter) for parameter in parameters)
        parts.append(f"<h3>Parameters</h3><table>{rows}</table>")
    if body := operation.get("requestBody"):
        parts.append(f"<h3>Body</h3>{_contents(body)}")
    for status, answer in operation.get("responses", {}).items():
        parts.append(f"<h3>{escape(str(status))} <small>{escape(str(answer.get('description', '')))}</small></h3>")
        parts.append(_contents(answer))
    head = f'<span class="method">{escape(method)}</span><code>{escape(path)}</code>'
    summary = escape(str(operation.get("summary", "")))
    return (
        f'<details><summary>{head} <span class="soft">{summary}</span></summary><div>{"".join(parts)}</div></details>'
    )


def _parameter(parameter: JsonObject) -> str:
    needed = "required" if parameter.get("required") else "optional"
    cells = (
        f"<code>{escape(str(parameter.get('name', '')))}</code>",
        f"{escape(str(parameter.get('in', '')))}, {needed}",
        escape(_short(parameter.get("schema", {}))),
        escape(str(parameter.get("description", ""))),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _contents(holder: JsonObject) -> str:
    return "".join(
        f"<p><code>{escape(media)}</code> {_linked(content.get('schema', {}))}</p>"
        for media, content in holder.get("content", {}).items()
    )


def _linked(schema: JsonObject) -> str:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = escape(reference.rpartition("/")[2], quote=True)
        return f'<a href="#{name}">{name}</a>'
    return f"<span>{escape(_short(schema))}</span>"


def _short(schema: JsonObject) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "items" in schema:
        return f"list of {_short(schema['items'])}"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_short(one) for one in schema[several])
    return str(schema.get("format") or schema.get("type") or "anything")


def _schema(name: str, schema: JsonObject) -> str:
    text = escape(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
    anchor = escape(name, quote=True)
    return f'<details id="{anchor}"><summary><code>{anchor}</code></summary><pre>{text}</pre></details>'

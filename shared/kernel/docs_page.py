"""`/docs`: the OpenAPI document as one page that loads nothing from anywhere, so that it is there without internet."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

Node = Mapping[str, Any]

STYLE = """
body{font:16px/1.5 system-ui,"Noto Sans SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1f24}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin:2rem 0 .5rem;border-bottom:1px solid #d5d9e0}
details{border:1px solid #d5d9e0;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{background:#f4f5f7;padding:.6rem;border-radius:6px;overflow:auto}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .5rem .25rem 0;
border-top:1px solid #eceef1}.verb{display:inline-block;width:3.6rem;font-weight:700}
.post{color:#0a6b3d}.get{color:#0b4f9e}.text{white-space:pre-line}
@media(prefers-color-scheme:dark){body{background:#14161a;color:#e4e6ea}pre{background:#1f2329}.post{color:#5fd19a}
.get{color:#7fb4f5}details,h2,td,th{border-color:#343a43}}
"""


def render(document: Node) -> str:
    info = document["info"]
    body = "".join(_body(document))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info.get('description', ''))}</p>"
        "<p><a href=openapi.json>openapi.json</a> · <a href=asyncapi.json>asyncapi.json</a></p>"
        f"{body}</html>"
    )


def _body(document: Node) -> Iterator[str]:
    by_tag: dict[str, list[tuple[str, str, Node]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((method, path, operation))
    for tag, operations in sorted(by_tag.items()):
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, operation in operations:
            yield _operation(document, method, path, operation)


def _operation(document: Node, method: str, path: str, operation: Node) -> str:
    parts = [f"<p class=text>{escape(operation.get('description', ''))}</p>"]
    if parameters := operation.get("parameters"):
        rows = [
            (one["name"], one["in"], _type(one["schema"]), one.get("required", False), one.get("description", ""))
            for one in parameters
        ]
        parts.append(_table(("parameter", "in", "type", "", ""), (_marked(row) for row in rows)))
    if body := operation.get("requestBody"):
        parts.append("<h4>JSON body</h4>")
        parts += [_fields(document, schema) for schema in _alternatives(document, _json(body))]
        parts.append(f"<pre>{escape(_curl(method, path))}</pre>")
    answers = [(status, answer["description"]) for status, answer in operation["responses"].items()]
    parts.append(_table(("status", ""), answers))
    head = f"<span class='verb {method}'>{method.upper()}</span><code>{escape(path)}</code>"
    name, summary = escape(operation["operationId"]), escape(operation["summary"])
    return f"<details id='{name}'><summary>{head} {summary}</summary>{''.join(parts)}</details>"


def _json(body: Node) -> Node:
    schema: Node = body["content"]["application/json"]["schema"]
    return schema


def _alternatives(document: Node, schema: Node) -> list[Node]:
    schema = _resolved(document, schema)
    return [_resolved(document, one) for one in schema.get("oneOf", schema.get("anyOf", [schema]))]


def _resolved(document: Node, schema: Node) -> Node:
    if "$ref" in schema:
        found: Node = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def _fields(document: Node, schema: Node) -> str:
    needed = schema.get("required", ())
    rows = [
        (name, "", _type(_resolved(document, field)), name in needed, field.get("description", ""))
        for name, field in schema.get("properties", {}).items()
    ]
    return _table((schema.get("title", "field"), "", "type", "", ""), (_marked(row) for row in rows))


def _marked(row: tuple[str, str, str, bool, str]) -> tuple[str, ...]:
    name, where, kind, needed, told = row
    return name, where, kind, "required" if needed else "", told


def _type(schema: Node) -> str:
    if options := schema.get("anyOf"):
        return " or ".join(_type(option) for option in options)
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    kind = schema.get("format") or schema.get("type", "any")
    limits = [f"{limit} {schema[limit]}" for limit in LIMITS if limit in schema]
    if "enum" in schema:
        limits.append(" | ".join(map(str, schema["enum"])))
    return ", ".join([kind, *limits])


LIMITS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "const")


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    lines = "".join(f"<tr>{''.join(f'<td class=text>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _curl(method: str, path: str) -> str:
    return (
        f"curl -X {method.upper()} http://HOST:PORT{path} -H 'Authorization: Bearer TOKEN' \\\n"
        "     -H 'Content-Type: application/json' -H 'Idempotency-Key: NEW-FOR-EACH-REQUEST' -d '{...}'"
    )

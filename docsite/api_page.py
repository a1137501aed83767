"""docs/reference/api.md: the HTTP interface of a daemon, from the OpenAPI description that it serves."""

import json
from pathlib import Path
from typing import Any

# What a daemon serves; a test compares it with what one does.
_DESCRIPTION = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"

_HEAD = """\
# The HTTP API of a daemon

`make reference` makes this page from the description that a daemon serves under `/openapi.json`; `/docs` shows the same
with a form for each request. All but `/v1/control` only reads. [The API and its clients](../api.md) says how pages,
tags, events and keys work, and [Operating](../operating.md) how much readers can ask for.

"""


def page() -> str:
    """The whole page."""
    description = json.loads(_DESCRIPTION.read_text(encoding="utf-8"))
    parts = [_HEAD, "## Requests\n\n"]
    for path, methods in description["paths"].items():
        parts += [_request(path, method, said) for method, said in methods.items()]
    parts += ["## Answers\n\n"]
    parts += [_answer(name, said) for name, said in sorted(description["components"]["schemas"].items())]
    return "".join(parts).rstrip() + "\n"


def _request(path: str, method: str, said: dict[str, Any]) -> str:
    lines = [f"### {method.upper()} {path}\n\n", f"{_plain(said.get('description', said['summary']))}\n\n"]
    for each in said.get("parameters", ()):
        default = f", {each['schema']['default']} if not given" if "default" in each["schema"] else ""
        lines += [f"- `{each['name']}` (in the {each['in']}): {_type(each['schema'])}{default}\n"]
    if said.get("parameters"):
        lines += ["\n"]
    rows = [f"| {code} | {_content(answer)} |\n" for code, answer in sorted(said["responses"].items())]
    return "".join([*lines, "| status | answer |\n| --- | --- |\n", *rows, "\n"])


def _content(answer: dict[str, Any]) -> str:
    schemas = [content.get("schema", {}) for content in answer.get("content", {}).values()]
    return ", ".join(filter(None, map(_type, schemas))) or _plain(answer["description"])


def _answer(name: str, said: dict[str, Any]) -> str:
    lines = [f"### {name}\n\n"]
    if said.get("description"):
        lines += [f"{_plain(said['description'])}\n\n"]
    rows = [
        f"| `{field}` | {_type(schema)} | {_plain(schema.get('description', ''))} |\n"
        for field, schema in said.get("properties", {}).items()
    ]
    return "".join([*lines, "| field | type | meaning |\n| --- | --- | --- |\n", *rows, "\n"])


def _type(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words, with links to the answers it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_type, schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values:
        return " or ".join(f"`{each}`" for each in values)
    limits = [f"{word} {schema[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in schema]
    return " ".join([schema.get("type", "any"), *limits])


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")

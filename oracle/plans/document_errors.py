"""What is wrong with the file of a plan, in one sentence that names field and remedy."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from oracle.errors import InputError

_SINGULAR = {"parties": "party", "steps": "step", "payments": "payment", "witnesses": "witness"}
_SHOWN_CHARACTERS = 60


def sentence_of(error: ValidationError, model: type[BaseModel]) -> str:
    """The first error of a document, whose form is `model`."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"this is no JSON: {first['ctx']['error']}; correct it there"
    where, field = _field(first["loc"], model)
    if first["type"] == "extra_forbidden":
        parent = f" of {where}" if where else " of a plan"
        return f"{str(first['loc'][-1])!r} is no field{parent}: correct its name, or remove it"
    if field is None:
        return "this is no plan: give a JSON object with the fields of its schema"
    if first["type"] == "missing":
        return f"{where} is missing: add {field.description}"
    return f"{where} is {_shown(first['input'])}: give {field.description}"


def check_names(names: Sequence[str]) -> None:
    """Raise `InputError` where people could not tell parties by their names."""
    seen: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        if not name.isprintable() or name != name.strip() or not name:
            raise InputError(f"party {number}, name: {name!r} holds what is not shown: name it by letters and digits")
        if name == "everyone":
            raise InputError(f"party {number}, name: 'everyone' stands for all parties: give it another name")
        same = unicodedata.normalize("NFKC", name).casefold()
        if same in seen:
            raise InputError(f"party {number}, name: {name!r} looks like {seen[same]!r}: give each party its own name")
        seen[same] = name


def no_repeated_keys(content: bytes) -> None:
    """Raise `InputError` where JSON that is valid names one field twice: readers would differ in what they see."""
    json.loads(content, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(f"the field {key!r} is there twice in one object: keep one of them")
        found[key] = value
    return found


def _field(location: Sequence[int | str], model: type[BaseModel]) -> tuple[str, FieldInfo | None]:
    """The place of an error in words, steps and parties counted from 1, and its field; the innermost that is known."""
    words: list[str] = []
    field: FieldInfo | None = None
    inside: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int):
            words[-1] = f"{_SINGULAR.get(words[-1], words[-1])} {part + 1}"
            continue
        found = next((each for name, each in _fields(inside) if name == part), None)
        if found is None:
            break  # a branch of a union, or what is no field
        words.append(part)
        field, inside = found, _entry(found.annotation)
    return ", ".join(words), field


def _fields(model: type[BaseModel] | None) -> list[tuple[str, FieldInfo]]:
    if model is None:
        return []
    return [(field.alias or name, field) for name, field in model.model_fields.items()]


def _entry(annotation: Any) -> type[BaseModel] | None:
    """The model in an annotation such as `tuple[StepEntry, ...]` or `LateEntry | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _entry(part)
        if found is not None:
            return found
    return None


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"

"""Graphs, readings and plans as JSON: integers of minor units as strings, since many readers of JSON round them."""

from dataclasses import asdict, fields
from fractions import Fraction
from typing import Any

from eth_hash.auto import keccak

from oracle.errors import InputError
from oracle.routing.graph import Asset, Bridge, Graph
from oracle.routing.objective import Objective
from oracle.routing.reading.read import Reading
from oracle.routing.route import Choice, Plan

FORMAT = 1
_MOST_DIGITS = 60
_MINOR = "_minor"


def amount_minor(text: str, decimals: int) -> int:
    """An amount in minor units, of digits with a point.

    Raises:
        InputError: it is no such amount, or has more decimals than its asset.
    """
    plain = text.replace(" ", "")
    digits = plain.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
        raise InputError(f"{text!r} is no amount; give it in digits with a point, as in 1200.50")
    minor = Fraction(plain) * 10**decimals
    if minor.denominator != 1:
        raise InputError(f"{text} has more decimals than the {decimals} of its asset; leave some out")
    return int(minor)


def graph_as_json(graph: Graph) -> dict[str, Any]:
    """A graph as `graph_of` takes it."""
    return {
        "format": FORMAT,
        "chains": list(graph.chains),
        "assets": [asdict(asset) for asset in graph.assets],
        "bridges": [_texts(asdict(bridge)) for bridge in graph.bridges],
    }


def graph_of(raw: Any, name: str) -> Graph:
    """The graph that a JSON file holds; `name` says which file.

    Raises:
        InputError: it holds none.
    """
    known = {field.name for field in fields(Bridge)}
    try:
        if raw["format"] != FORMAT:
            raise ValueError("another format")
        return Graph(
            tuple(str(chain) for chain in raw["chains"]),
            tuple(Asset(str(each["name"]), int(each["decimals"])) for each in raw["assets"]),
            tuple(Bridge(**_numbers({key: each[key] for key in known})) for each in raw["bridges"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{name} is no graph of chains and bridges: {error}; docs/routes.md shows one") from error


def objective_as_json(objective: Objective) -> dict[str, Any]:
    """What a transfer is for."""
    made = asdict(objective)
    return _texts(made | {"avoid": sorted(objective.avoid), "prefer": sorted(objective.prefer)})


def reading_as_json(reading: Reading, text: str, model_hash: bytes) -> dict[str, Any]:
    """A reading with the hashes of what was read, and by what."""
    return {
        "format": FORMAT,
        "objective": objective_as_json(reading.objective) if reading.objective else None,
        "fields": _texts(reading.fields),
        "questions": [
            {"term": each.term, "question": each.words, "words": list(each.sentences)} for each in reading.questions
        ],
        "refusals": list(reading.refusals),
        "sources": {term: list(words) for term, words in reading.sources.items()},
        "text_hash": "0x" + bytes(keccak(text.encode())).hex(),
        "model_hash": "0x" + model_hash.hex(),
    }


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """A plan with its alternatives."""
    return {
        "format": FORMAT,
        "objective": objective_as_json(plan.objective),
        "best": _choice(plan.best),
        "alternatives": [_choice(each) for each in plan.alternatives],
        "reason": plan.reason,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "routes": [
            [
                {
                    "bridge": leg.bridge.name,
                    "source": leg.bridge.source,
                    "target": leg.bridge.target,
                    "amount_in_minor": str(leg.amount_in_minor),
                    "amount_out_minor": str(leg.amount_out_minor),
                }
                for leg in route.legs
            ]
            for route in choice.routes
        ],
        "cost_minor": str(choice.cost_minor),
        "seconds": choice.seconds,
        "p95_seconds": choice.p95_seconds,
        "risk_seconds": choice.risk_seconds,
        "success": choice.success,
        "score": choice.score,
    }


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if key.endswith(_MINOR) and value is not None else value for key, value in values.items()}


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {key: int(value) if key.endswith(_MINOR) else value for key, value in values.items()}

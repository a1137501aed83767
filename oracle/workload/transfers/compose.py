"""Requests composed of wordings in any order, with what they mean; some are at fault, and must end in a question."""

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from oracle.routing.graph import Asset, Bridge, Graph
from oracle.workload.transfers.wordings import wordings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday
ASSETS = (Asset("USDC", 6), Asset("DAI", 18), Asset("WETH", 18))
_CHAINS = (
    *("Aurora", "Basalt", "Cinder", "Dune", "Ember", "Fjord", "Gale", "Harbor", "Isle", "Juniper", "Krill", "Lumen"),
    *("Mesa", "Nimbus", "Ochre", "Pine", "Quarry", "Reef", "Sierra", "Tundra", "B", "C", "D", "E"),
)
_BRIDGES = (
    *("Arch", "Beamline", "Crosswind", "Drawbridge", "Eastlock", "Ferryman", "Gantry", "Hopway", "Inlet", "Jetty"),
    *("Keystone", "Longspan", "Moorline", "Northgate", "Overpass", "Pontoon", "Quickspan", "Ropeway", "X", "Y", "Z"),
)
_CHAIN_WORDS = ("{0}", "{0}", "{0}", "chain {0}", "the {0} chain", "{0} chain")
_BRIDGE_WORDS = ("{0}", "{0}", "bridge {0}", "the bridge {0}", "the {0} bridge")
_WISHES = ("cheap", "fast", "safe", "split", "whole")
_SLOT = re.compile(r"\{(\w+)\}")
_FAULTY = 0.25
IDLE = "idle"  # what is said beside the transfer


@dataclass(frozen=True)
class Label:
    """What stands between two places of a request: a meaning of a target, or a wish."""

    start: int
    end: int
    meaning: str


@dataclass
class Request:
    """A request with its right reading."""

    text: str = ""
    fields: dict[str, object] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    faulty: bool = False  # a right reading asks


def graph_of(seed: int) -> Graph:
    """Six chains and eight bridges with names of their own, that a request of this seed speaks of."""
    chance = random.Random(seed)  # noqa: S311 - training, not secrets
    chains = tuple(chance.sample(_CHAINS, 6))
    bridges = []
    for name in chance.sample(_BRIDGES, 8):
        source, target = chance.sample(chains, 2)
        bridges.append(Bridge(name, "relay_pool", source, target, "USDC", 0, 10, 10**12, 60.0, 120.0, 0.99, 0.0, 1_800))
    return Graph(chains, ASSETS, tuple(bridges))


def compose(seed: int, part: str) -> Request:
    """A request in wordings of a set."""
    return _Composer(seed, part).request()


class _Composer:
    def __init__(self, seed: int, part: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - training, not secrets
        self._part = part
        self._made = Request()
        graph = graph_of(seed)
        self._chains = self._chance.sample(graph.chains, 4)
        self._bridges = self._chance.sample([bridge.name for bridge in graph.bridges], 4)

    def request(self) -> Request:
        """Clauses in any order, the transfer mostly first."""
        chance, made = self._chance, self._made
        made.faulty = chance.random() < _FAULTY
        amount, minor, asset = self._amount()
        source, target, *others = self._chains
        made.fields = {"amount_minor": minor, "asset": asset, "source": source, "target": target}
        slots = {"amount": (amount, "amount"), "source": (source, "source"), "target": (target, "target")}
        parts: list[tuple[str, str, dict[str, tuple[str, str]]]] = []
        parts += self._names("avoid", others[:1])
        parts += self._names("prefer", others[1:])
        parts += self._deadline()
        parts += self._wishes()
        parts += [("other", IDLE, self._idle()) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
        if made.faulty:
            parts += self._fault()
        chance.shuffle(parts)
        first = 0 if chance.random() < 0.7 else chance.randint(0, len(parts))
        parts.insert(first, ("transfer", "", slots))
        for at, each in enumerate(parts):
            self._write(at, *each)
        made.text += chance.choice(["", "."])
        return made

    def _names(self, kind: str, chains: list[str]) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
        name = self._bridges.pop() if self._chance.random() < 0.75 else chains[0]
        if self._chance.random() < 0.6:
            self._made.fields[kind] = []
            return []
        self._made.fields[kind] = [name]
        return [(kind, "", {"name": (name, kind)})]

    def _deadline(self) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
        chance = self._chance
        self._made.fields["deadline_seconds"] = None
        if chance.random() < 0.5:
            return []
        if chance.random() < 0.5:
            words, seconds = _span(chance)
            kind, slot = "within", "span"
        else:
            words, seconds = _moment(chance)
            kind, slot = "deadline", "time"
        self._made.fields["deadline_seconds"] = seconds
        return [(kind, "", {slot: (words, "deadline")})]

    def _wishes(self) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
        wanted = self._chance.sample(_WISHES, self._chance.choice([0, 1, 1, 2]))
        if {"split", "whole"} <= set(wanted):
            wanted.remove("whole")
        self._made.fields["wishes"] = sorted(wanted)
        return [(wish, wish, {}) for wish in wanted]

    def _idle(self) -> dict[str, tuple[str, str]]:
        return {
            "name": (self._bridges[0], "none"),
            "time": (_moment(self._chance)[0], "none"),
            "amount": (self._amount()[0], "none"),
        }

    def _fault(self) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
        """Something that contradicts the rest."""
        made = self._made
        which = self._chance.choice(["amount", "avoided end", "wishes", "both"])
        if which == "amount":
            amount, _, _ = self._amount()
            slots = {"amount": (amount, "amount"), "source": (self._chains[0], "source")}
            return [("transfer", "", slots | {"target": (self._chains[1], "target")})]
        if which == "avoided end":
            return [("avoid", "", {"name": (self._chains[self._chance.randint(0, 1)], "avoid")})]
        if which == "wishes":
            said = [wish for wish in ("split", "whole") if wish not in made.fields["wishes"]]  # type: ignore[operator]
            return [(wish, wish, {}) for wish in said]
        name = self._bridges.pop()
        return [("avoid", "", {"name": (name, "avoid")}), ("prefer", "", {"name": (name, "prefer")})]

    def _write(self, at: int, kind: str, wish: str, slots: dict[str, tuple[str, str]]) -> None:
        chance, made = self._chance, self._made
        wording = chance.choice(wordings(self._part, kind))
        if at:
            together = bool(wish) and wish != IDLE and chance.random() < 0.25
            made.text += " " if together else chance.choice([", ", ", ", ". ", ". ", "; ", " and ", ", and ", "\n"])
        begin = len(made.text)
        place = 0
        for slot in _SLOT.finditer(wording):
            made.text += wording[place : slot.start()]
            words, meaning = slots[slot[1]]
            start = len(made.text)
            made.text += self._called(words) if slot[1] in _NAMES else words
            made.labels.append(Label(start, len(made.text), meaning))
            place = slot.end()
        made.text += wording[place:]
        if wish:
            made.labels.append(Label(begin, len(made.text), wish))
        if begin == 0 or made.text[begin - 2] == ".":
            made.text = made.text[:begin] + made.text[begin : begin + 1].upper() + made.text[begin + 1 :]

    def _called(self, name: str) -> str:
        forms = _CHAIN_WORDS if name in _CHAINS else _BRIDGE_WORDS
        return self._chance.choice(forms).format(name)

    def _amount(self) -> tuple[str, int, str]:
        chance = self._chance
        asset = chance.choice(ASSETS)
        number = chance.choice([chance.randint(1, 999), 100 * chance.randint(1, 99), 1_000 * chance.randint(1, 500)])
        shown = chance.choice([str(number), f"{number:,}", f"{number:,}".replace(",", " ")])
        if number < 1_000 and chance.random() < 0.3:
            cents = chance.randint(1, 99)
            return f"{number}.{cents:02d} {asset.name}", (100 * number + cents) * 10 ** (asset.decimals - 2), asset.name
        name = chance.choice([asset.name, asset.name, asset.name.lower()])
        words = f"{name} {shown}" if chance.random() < 0.15 else f"{shown} {name}"
        return words, number * 10**asset.decimals, asset.name


_NAMES = {"source", "target", "name"}  # slots


def _span(chance: random.Random) -> tuple[str, int]:
    minutes = chance.choice([5, 10, 20, 45, 90])
    hours = chance.randint(2, 12)
    return chance.choice(
        [
            (f"{minutes} minutes", minutes * 60),
            (f"{minutes} min", minutes * 60),
            (f"{hours} hours", hours * 3_600),
            ("half an hour", 1_800),
            ("an hour", 3_600),
            ("two hours", 7_200),
            ("three hours and 30 minutes", 12_600),
            ("a day", 86_400),
        ]
    )


def _moment(chance: random.Random) -> tuple[str, int]:
    hour, minute = chance.randint(10, 23), chance.choice([0, 15, 30, 45])
    today = (hour - NOW.hour) * 3_600 + (minute - NOW.minute) * 60
    later = chance.randint(13, 23)
    return chance.choice(
        [
            (f"{hour}:{minute:02d}", today),
            (f"{hour}:{minute:02d} UTC", today),
            (f"{hour}:{minute:02d} today", today),
            (f"{later - 12} pm", (later - NOW.hour) * 3_600 - NOW.minute * 60),
            (f"tomorrow {hour}:{minute:02d}", today + 86_400),
            ("tomorrow noon", 86_400 + 9_000),
            (f"Friday {hour}:{minute:02d}", today + 3 * 86_400),
            (f"2026-11-27 {hour}:{minute:02d}", today + 3 * 86_400),
            ("noon", 9_000),
            ("midnight", 52_200),
        ]
    )

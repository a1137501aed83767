"""A placement as people see it: nodes by region, and a dot for each file that a node holds."""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from oracle.storage.file_class import TEMPERATURES, ClassedFile
from oracle.storage.node import StorageNode

_COLOURS = dict(zip(TEMPERATURES, ("#d1495b", "#e08e2b", "#3d7ea6", "#7d7f86"), strict=True))
_WIDTH, _GAP, _LINE, _DOT, _TEXT = 210, 24, 18, 12, 13
_NAME = 18  # characters
_IN_ROW = (_WIDTH - 20) // _DOT
_STYLE = (
    "text{font:13px sans-serif;fill:#333}.r{font-weight:bold}.n{fill:#f4f4f2;stroke:#999}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.n{fill:#26282c;stroke:#777}}"
)


def svg(files: Sequence[ClassedFile], holders: Mapping[str, Sequence[str]], nodes: Sequence[StorageNode]) -> str:
    """A drawing: a column for each region, a box for each node, a dot for each file, its name and class as tooltip.

    A ring is a private file; a square is one with personal data.

    Args:
        files: That are drawn.
        holders: Names of the nodes that hold a file, by its name.
        nodes: All of them. `used_bytes` is what they keep beside these files.
    """
    regions = sorted({node.region for node in nodes})
    parts, height = [], 0
    for column, region in enumerate(regions):
        left, top = _GAP + column * (_WIDTH + _GAP), 2 * _LINE + 30
        parts.append(f'<text class="r" x="{left}" y="{top - 10}">{_shown(region)}</text>')
        for node in (each for each in nodes if each.region == region):
            held = [file for file in files if node.name in holders.get(file.facts.name, ())]
            box = 2 * _LINE + 12 + _DOT * max(-(-len(held) // _IN_ROW), 1)
            parts += _node(node, held, left, top, box)
            top += box + 12
        height = max(height, top)
    width = _GAP + len(regions) * (_WIDTH + _GAP)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(width, 480)} {height + 8}" role="img">'
        f"<title>Files by node and region</title><style>{_STYLE}</style>" + _legend() + "".join(parts) + "</svg>\n"
    )


def _node(node: StorageNode, held: Sequence[ClassedFile], left: int, top: int, height: int) -> list[str]:
    trusted = ", trusted" if node.trusted_for_personal else ""
    taken = sum(file.facts.size_bytes for file in held) + node.used_bytes
    full = 100 * taken / node.capacity_bytes if node.capacity_bytes else 100
    percent = "under 1" if 0 < full < 1 else f"{full:.0f}"
    return [
        f'<rect class="n" x="{left}" y="{top}" width="{_WIDTH}" height="{height}" rx="6"/>',
        f'<text x="{left + 10}" y="{top + _LINE}">{_shown(_short(node.name))}{trusted}'
        f"<title>{_shown(node.name)}</title></text>",
        f'<text x="{left + 10}" y="{top + 2 * _LINE}">{node.price_per_gib_month:g} per GiB, {percent} % full</text>',
        *(
            _dot(file, left + 16 + _DOT * (at % _IN_ROW), top + 2 * _LINE + 14 + _DOT * (at // _IN_ROW))
            for at, file in enumerate(held)
        ),
    ]


def _dot(file: ClassedFile, x: int, y: int) -> str:
    kind = file.file_class
    colour = _COLOURS[kind.temperature]
    about = f"<title>{_shown(file.facts.name)}: {kind.temperature}, {kind.privacy}</title>"
    if kind.privacy == "personal":
        return f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8" fill="{colour}">{about}</rect>'
    if kind.privacy == "private":
        return f'<circle cx="{x}" cy="{y}" r="3.2" fill="none" stroke="{colour}" stroke-width="2">{about}</circle>'
    return f'<circle cx="{x}" cy="{y}" r="4.2" fill="{colour}">{about}</circle>'


def _legend() -> str:
    words = [f'<tspan fill="{colour}">●</tspan> {temperature}' for temperature, colour in _COLOURS.items()]
    return f'<text x="{_GAP}" y="{_LINE + 4}">{" ".join(words)}   ● public  ○ private  ■ personal</text>'


def _short(name: str) -> str:
    """What fits in a box, such as of an account."""
    return name if len(name) <= _NAME else f"{name[: _NAME // 2]}…{name[-_NAME // 3 :]}"


def _shown(text: str) -> str:
    return escape("".join(each if each.isprintable() else "�" for each in text)[:80], {'"': "&quot;"})

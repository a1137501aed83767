"""The window's canonical bytes, and that they commit to all the model reads."""

from dataclasses import replace

import pytest
import rlp
from eth_hash.auto import keccak

from oracle.errors import ChainReorganised
from oracle.window.numbers import mean_theta
from oracle.window.rounds import Round, Rounds
from oracle.window.window import Cadence, Nodes, PhiBounds, Window, build_window, canonical_bytes, window_hash
from tests.examples import BOUNDS, block, nodes, transaction, window

BLOCKS = [
    block(1, [transaction(1), transaction(2, calldata=b"memo")]),
    block(2),
    block(3, [transaction(3, receiver=None)]),
]


def test_canonical_bytes_are_rlp_of_blocks_and_nodes() -> None:
    decoded = rlp.decode(canonical_bytes(window(BLOCKS)))
    assert decoded[0] == b"catalyst window 3"
    assert [int.from_bytes(item, "big") for item in decoded[1:4]] == [1, 32, 10]
    assert [len(item[5]) for item in decoded[4]] == [2, 0, 1]
    assert len(decoded[5]) == 4
    assert decoded[8:] == [[], []]
    told = rlp.decode(canonical_bytes(replace(window(BLOCKS), backlog_transactions=7)))
    assert told[:8] == decoded[:8]
    assert told[8:] == [[b"\x07"], []]


def test_every_item_of_the_canonical_bytes_has_its_place() -> None:
    """All numbers differ, so that no two can have changed places."""
    one = replace(
        transaction(1, sender=1, value_wei=301, gas_price_wei=302, gas_limit=303, calldata=b"memo"), hash=b"\x0a" * 32
    )
    creation = replace(transaction(2, receiver=None, value_wei=0), gas_price_wei=305, gas_limit=306)
    whole = replace(
        window([replace(block(1, [one, creation]), timestamp_seconds=201, gas_used=202, gas_limit=203)]),
        chain_id=101,
        capacity_transactions=102,
        interval_seconds=103,
        nodes=Nodes(theta0_wad=(401, 0), lanes=(-2, 3), active=(True, False)),
        bounds=PhiBounds(601, 602, 603, 604),
        cadence=Cadence(605, 606),
        backlog_transactions=500,
        rounds=Rounds(won=(Round(*range(701, 709)), Round(*range(801, 809))), half_life_seconds=700, unit_seconds=800),
    )

    def integer(value: int) -> bytes:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    assert rlp.decode(canonical_bytes(whole)) == [
        b"catalyst window 3",
        integer(101),
        integer(102),
        integer(103),
        [
            [
                integer(1),
                whole.blocks[0].hash,
                integer(201),
                integer(202),
                integer(203),
                [
                    [b"\x0a" * 32, one.sender, b"\x11" * 20, integer(301), integer(302), integer(303), b"memo"],
                    [creation.hash, creation.sender, b"", b"", integer(305), integer(306), b""],
                ],
            ]
        ],
        [[integer(401), integer(0xFFFE), integer(1)], [b"", integer(3), b""]],
        [integer(value) for value in range(601, 605)],
        [integer(605), integer(606)],
        [integer(500)],
        [
            integer(700),
            [integer(800)],
            [[integer(value) for value in range(first, first + 8)] for first in (701, 801)],
        ],
    ]
    assert window_hash(whole) == keccak(canonical_bytes(whole))


def _changes() -> list[Window]:
    whole = window(BLOCKS)
    first = whole.blocks[0]
    altered = [
        replace(first.transactions[1], **change)
        for change in (
            {"value_wei": 1},
            {"gas_price_wei": 1},
            {"gas_limit": 1},
            {"calldata": b"memo!"},
            {"sender": b"\x09" * 20},
            {"receiver": None},
            {"hash": bytes(32)},
        )
    ]
    return [
        replace(whole, chain_id=2),
        replace(whole, capacity_transactions=33),
        replace(whole, interval_seconds=11),
        replace(whole, backlog_transactions=0),
        *(
            replace(whole, bounds=replace(whole.bounds, **{name: 5}))
            for name in ("max_phi_lane", "max_step_lane", "theta_min_wad", "theta_max_wad")
        ),
        replace(whole, cadence=Cadence(11, 3)),
        replace(whole, cadence=Cadence(10, 4)),
        replace(whole, rounds=Rounds((), 5, None)),
        replace(whole, rounds=Rounds((), 5, 0)),
        replace(whole, rounds=Rounds((), 6, None)),
        replace(whole, rounds=Rounds((Round(1, 2, 3, 4, 5, 6, 7, 8),), 5, None)),
        replace(whole, blocks=whole.blocks[:-1]),
        *(
            replace(whole, blocks=(replace(first, transactions=(first.transactions[0], t)), *whole.blocks[1:]))
            for t in altered
        ),
        replace(whole, blocks=(replace(first, transactions=first.transactions[::-1]), *whole.blocks[1:])),
        replace(whole, blocks=(replace(first, timestamp_seconds=5), *whole.blocks[1:])),
        replace(whole, blocks=(replace(first, gas_used=5), *whole.blocks[1:])),
        replace(whole, nodes=nodes(4, lane=1)),
        replace(whole, nodes=nodes(4, theta0_wad=1)),
        replace(whole, nodes=replace(whole.nodes, active=(True, True, True, False))),
    ]


def test_the_hash_changes_with_every_part_of_the_window() -> None:
    hashes = [window_hash(window(BLOCKS)), *(window_hash(changed) for changed in _changes())]
    assert len(set(hashes)) == len(hashes)


def test_equal_windows_have_equal_hashes() -> None:
    assert window_hash(window(BLOCKS)) == window_hash(window(list(BLOCKS)))


def test_refuses_blocks_that_do_not_link() -> None:
    with pytest.raises(ChainReorganised, match="block 3 does not follow block 2"):
        window([block(1), block(2), replace(block(3), parent_hash=bytes(32))])


def test_refuses_a_gap() -> None:
    with pytest.raises(ChainReorganised):
        window([block(1), replace(block(3), parent_hash=block(1).hash)])


def test_leaves_out_what_is_no_traffic() -> None:
    own = b"\x77" * 20
    built = build_window(
        chain_id=1,
        blocks=[block(1, [transaction(1), transaction(2, receiver=own)])],
        nodes=nodes(),
        capacity_transactions=32,
        interval_seconds=10,
        bounds=BOUNDS,
        cadence=Cadence(10, 3),
        is_traffic=lambda receiver: receiver != own,
        backlog_transactions=7,
    )
    assert built.backlog_transactions == 7
    assert [t.receiver for t in built.blocks[0].transactions] == [b"\x11" * 20]


@pytest.mark.parametrize(
    "uneven",
    [
        Nodes(theta0_wad=(1, 2), lanes=(0,), active=(True,)),
        Nodes(theta0_wad=(1,), lanes=(0, 0), active=(True,)),
        Nodes(theta0_wad=(1,), lanes=(0,), active=(True, True)),
    ],
    ids=["theta0", "lanes", "active"],
)
def test_nodes_that_are_not_whole_are_never_cut_to_the_shortest(uneven: Nodes) -> None:
    whole = replace(window(BLOCKS), nodes=uneven)
    with pytest.raises(ValueError, match="zip"):
        canonical_bytes(whole)
    with pytest.raises(ValueError, match="zip"):
        mean_theta(whole)


def test_a_window_tells_its_first_and_last_block_and_its_nodes() -> None:
    at = Nodes(theta0_wad=(1, 0, 3), lanes=(5, 0, 7), active=(True, False, True))
    whole = window(BLOCKS, at=at)
    assert (whole.from_block, whole.to_block, whole.nodes.count) == (1, 3, 3)
    assert whole.nodes.active_lanes == (5, 7)


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a window needs at least one block$"):
        window([])


def test_what_was_reorganised_is_named() -> None:
    told = "block 3 does not follow block 1 as read; the chain was reorganised"
    with pytest.raises(ChainReorganised, match=f"^{told}$"):
        window([block(1), block(3)])

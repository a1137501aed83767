"""The address book: accounts in any letters, and what is none is told."""

import json
from pathlib import Path

import pytest

from oracle.errors import InputError
from oracle.keeping.peers import Peer, read_peers, write_peers

ACCOUNT = "0x5f8FAe677Db505D2DaAaeE4a23ffc474Fa8d5A26"


def test_accounts_may_be_written_in_any_letters(tmp_path: Path) -> None:
    path = tmp_path / "peers.json"
    path.write_text(json.dumps([{"account": ACCOUNT.lower(), "url": "http://127.0.0.1:1"}]))
    peers = read_peers(path)
    assert peers == {ACCOUNT: Peer(ACCOUNT, "http://127.0.0.1:1")}
    write_peers(path, peers)
    assert read_peers(path) == peers


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('[{"account": "0x12", "url": "x"}]', "'0x12' is no account"),
        ('[{"url": "x"}]', "0.account Field required"),
        ("{", "Invalid JSON"),
    ],
)
def test_what_is_no_address_book_is_told(tmp_path: Path, written: str, why: str) -> None:
    path = tmp_path / "peers.json"
    path.write_text(written)
    with pytest.raises(InputError, match="is no address book") as told:
        read_peers(path)
    assert why in str(told.value)

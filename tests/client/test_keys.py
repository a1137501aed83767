"""Who may write: keys by scope, shown once and kept as hashes; what they do is written down and cannot be changed."""

import json
import stat
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.errors import SettingsError
from oracle.service.api import create_app
from oracle.service.api_keys import create_key, read_keys, revoke_key
from oracle.service.audit_log import FIRST, AuditBroken, AuditLog, check_lines
from oracle.service.control import Control, NotAllowed, audit_path
from oracle.service.http_server import HttpServer, take_port
from tests.client.conftest import EPOCHS, Served

PAUSE, RESUME, AUDIT = "/v1/control/pause-reporting", "/v1/control/resume", "/v1/control/audit"


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_an_operator_that_is_paused_signs_and_sends_nothing_until_it_is_resumed(
    served: Served, http: httpx.Client
) -> None:
    answer = http.post(PAUSE, headers=_bearer(served.key))
    assert (answer.status_code, answer.json()) == (200, {"signing_paused": True})
    signed, epoch = http.get("/v1/signatures/9").json()["signatures"], http.get("/v1/network").json()["report"]["epoch"]
    for _ in range(8):
        served.network.blocks()
        served.daemon.step()
    assert http.get("/v1/network").json()["signing_paused"] is True
    assert http.get("/v1/network").json()["report"]["epoch"] == epoch == EPOCHS
    assert http.get(f"/v1/signatures/{epoch + 1}").json()["signatures"] == signed == []
    assert "paused its signing" in http.get("/health").json()["problems"][0]
    assert http.post(RESUME, headers=_bearer(served.key)).json() == {"signing_paused": False}
    served.report(epoch + 1)
    assert len(http.get(f"/v1/signatures/{epoch + 1}").json()["signatures"]) > 0
    acts = http.get(AUDIT, headers=_bearer(served.key)).json()["items"]
    assert [(act["action"], act["outcome"]) for act in acts] == [
        ("pause reporting", "done"),
        ("resume reporting", "done"),
        ("read the audit log", "done"),
    ]


def test_without_a_file_of_keys_nothing_can_be_written(served: Served) -> None:
    server = HttpServer(create_app(served.daemon, served.network.record.as_json()), take_port("127.0.0.1", 0))
    server.start()
    answer = httpx.post(server.url + PAUSE, headers=_bearer(served.key), timeout=120)
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert served.daemon.cycle.store.signing_paused is False
    server.stop()


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x.y", "Basic {key}", "Bearer {key}x", "Bearer {id}.", "{key}"]
)
def test_what_is_no_key_opens_nothing(served: Served, http: httpx.Client, header: str) -> None:
    given = header.replace("{key}", served.key).replace("{id}", served.key.split(".")[0])
    answer = http.post(PAUSE, headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert served.daemon.cycle.store.signing_paused is False


def test_a_key_opens_its_scopes_alone_and_nothing_once_it_is_revoked(file: Path) -> None:
    key = create_key(file, ("audit",))
    control = Control(file)
    identity = key.split(".")[0]
    assert control.admit(f"Bearer {key}", "audit", "look", "c").outcome == "done"
    with pytest.raises(NotAllowed, match=f"key {identity} does not have the scope control") as caught:
        control.admit(f"Bearer {key}", "control", "pause", "c")
    assert caught.value.status == 403
    revoke_key(file, identity)
    with pytest.raises(NotAllowed) as caught:
        control.admit(f"Bearer {key}", "audit", "look", "c")
    assert caught.value.status == 401
    with pytest.raises(NotAllowed):
        control.admit(f"Bearer {identity}.guess", "audit", "look", "c")
    outcomes = [entry.outcome for entry in control.audit.entries(0, 9)]
    assert outcomes == ["done", "refused: scope", "refused: revoked", "refused: wrong secret"]
    control.close()


def test_strangers_fill_no_disk_and_are_slowed(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = create_key(file, ("control",))
    control = Control(file)
    statuses = set()
    for _ in range(40):
        with pytest.raises(NotAllowed) as caught:
            control.admit(f"Bearer stranger.{key}", "control", "pause", "c")
        statuses.add(caught.value.status)
    assert statuses == {401, 429}
    assert audit_path(file).read_bytes() == b""
    assert control.admit(f"Bearer {key}", "control", "pause", "c").outcome == "done"  # they keep no holder out
    assert key.split(".")[1] not in caplog.text
    control.close()


def test_files_hold_no_secret_and_are_their_owners_alone(file: Path) -> None:
    key = create_key(file, ("control",))
    Control(file).close()
    assert key.split(".")[1] not in file.read_text()
    for path in (file, audit_path(file)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="open to others than its owner"):
        read_keys(file)


@pytest.mark.parametrize("content", ["", "{}", '[{"id": 1}]', "[" * 10_000, " " * 300_000])
def test_what_is_no_file_of_keys_is_named(file: Path, content: str) -> None:
    file.touch(0o600)
    file.write_text(content)
    with pytest.raises(SettingsError, match="file of API keys"):
        read_keys(file)


def test_a_log_goes_on_where_it_was_and_half_a_line_is_no_entry(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    for number in range(2):
        log = AuditLog(path)
        log.add(key="k", action="a", client="c", outcome=str(number))
        log.close()
        with path.open("ab") as file:
            file.write(b'{"number": 9, "ti')
    log = AuditLog(path)
    entries = log.entries(0, 9)
    assert [(entry.number, entry.outcome) for entry in entries] == [(1, "0"), (2, "1")]
    assert [entry.before for entry in entries] == [FIRST, entries[0].hash]
    assert log.entries(1, 1) == entries[1:]
    log.close()


@pytest.mark.parametrize("change", ["field", "removed", "swapped", "rubbish"])
def test_a_log_that_was_changed_is_found_out(tmp_path: Path, change: str) -> None:
    log = AuditLog(tmp_path / "log.jsonl")
    for number in range(3):
        log.add(key="k", action="a", client="c", outcome=str(number))
    log.close()
    lines = log.path.read_bytes().splitlines()
    if change == "field":
        lines[1] = json.dumps(json.loads(lines[1]) | {"client": "other"}).encode()
    elif change == "removed":
        del lines[1]
    elif change == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    else:
        lines[1] = b"rubbish"
    with pytest.raises(AuditBroken, match="line 2 of the audit log"):
        list(check_lines(lines))
    log.path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(AuditBroken):
        AuditLog(log.path)


def test_the_command_makes_lists_and_revokes_keys_and_checks_the_log(file: Path) -> None:
    def run(*arguments: str) -> str:
        found = CliRunner().invoke(cli, ["api-key", *arguments, "--file", str(file)], catch_exceptions=False)
        assert found.exit_code == 0, found.output
        return found.output

    identity, secret = run("create", "--scope", "control", "--scope", "audit").strip().split(".")
    assert "control,audit" in run("list")
    assert secret not in run("list")
    control = Control(file)
    control.admit(f"Bearer {identity}.{secret}", "control", "pause reporting", "10.0.0.7")
    control.close()
    assert "10.0.0.7  pause reporting: done" in run("log")
    assert "is revoked" in run("revoke", identity)
    assert "revoked 20" in run("list")
    with pytest.raises(SettingsError, match="no key"):
        run("revoke", identity)

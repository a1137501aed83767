"""`catalyst plan read --reader`: another reader by one option, and what is wrong with it in one sentence."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from oracle.cli.commands import cli
from oracle.errors import BundleError, ConnectionFailed, SettingsError
from oracle.settings import READER_KEY_VARIABLE

TEXT = "Ann Weaver sells the press to Harbour Tools Ltd for EUR 1,200. Delivery is due within 5 days."


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "sale.txt"
    path.write_text(TEXT)
    return path


def test_a_directory_reads_as_the_bundle_does(text: Path, tiny_model: Path) -> None:
    line = ["plan", "read", str(text), "--template", "logistics", "--reader", str(tiny_model), "--json"]
    first, again = (CliRunner().invoke(cli, line) for _ in range(2))
    record = json.loads(first.output)
    assert first.exit_code == 1  # a model of random weights is sure of nothing
    assert record["questions"]
    assert record["model_hash"] != "0x" + "00" * 32
    assert again.output == first.output


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        (["--reader", "smollm2", "--bundle", "."], SettingsError, "give one of them"),
        (["--reader", "no/such/place"], BundleError, "no/such/place holds no language model"),
        (["--reader", "https://models.example/v1"], SettingsError, "with the model's name"),
        (["--reader", "http://127.0.0.1:1/v1#small"], ConnectionFailed, "does not answer"),
    ],
)
def test_what_is_no_reader_is_named(text: Path, options: list[str], error: type[Exception], says: str) -> None:
    result = CliRunner().invoke(cli, ["plan", "read", str(text), *options], env={READER_KEY_VARIABLE: "sk-secret"})
    assert isinstance(result.exception, error)
    assert says in str(result.exception)
    assert "sk-secret" not in str(result.exception) + result.output


def test_an_encoder_and_a_language_model_are_not_trained_at_once(tmp_path: Path) -> None:
    line = ["train", "plans", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli, [*line, "--generative", "smollm2", "--encoder", "x"])
    assert isinstance(result.exception, SettingsError)
    assert "leave them out" in str(result.exception)
    assert not (tmp_path / "run" / "generative.pt").exists()


def test_a_text_of_no_kind_is_asked_about_in_words(tmp_path: Path) -> None:
    path = tmp_path / "tea.txt"
    path.write_text("We met for tea and it was nice.")
    result = CliRunner().invoke(cli, ["plan", "read", str(path)])

    assert result.exit_code == 1
    assert result.output.startswith("? template: What kind of agreement is this?")

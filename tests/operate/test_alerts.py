"""The rules for Prometheus: each fires when it must and is silent when it must, on metrics that a daemon exports."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.operate.conftest import OPERATE, names_in, samples

RULES = OPERATE / "alerts.yaml"
TESTS = OPERATE / "alerts.test.yaml"


def _rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_the_rules_can_be_loaded_and_their_tests_pass(promtool: str) -> None:
    for arguments in (("check", "rules", str(RULES)), ("test", "rules", str(TESTS))):
        ended = _run(promtool, *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("spoil", [("< 20", "< 19"), ("== 0\n        for: 10m", "== 0\n        for: 5m")])
def test_the_tests_notice_a_rule_that_changed(promtool: str, tmp_path: Path, spoil: tuple[str, str]) -> None:
    text = RULES.read_text()
    assert spoil[0] in text
    (tmp_path / RULES.name).write_text(text.replace(*spoil))
    shutil.copy(TESTS, tmp_path)
    assert _run(promtool, "test", "rules", str(tmp_path / TESTS.name)).returncode != 0


def test_each_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: set[str] = set()
    silent: set[str] = set()
    for test in yaml.safe_load(TESTS.read_text())["tests"]:
        for case in test["alert_rule_test"]:
            (fires if case["exp_alerts"] else silent).add(case["alertname"])
    alerts = {rule["alert"] for rule in _rules()}
    assert fires == silent == alerts


def test_every_metric_of_a_rule_is_exported_with_the_labels_that_it_asks_for(metrics_text: str) -> None:
    found = samples(metrics_text)
    names = {name for name, _ in found}
    for rule in _rules():
        assert names_in(rule["expr"]) <= names, rule["alert"]
        for name, wanted in re.findall(r"(catalyst_\w+)\{([^}]*)\}", rule["expr"]):
            for label, values in re.findall(r'(\w+)=~?"([^"]*)"', wanted):
                for value in values.split("|"):
                    assert any(each == name and f'{label}="{value}"' in labels for each, labels in found), (name, value)


def test_every_alert_is_explained_to_operators() -> None:
    page = (OPERATE.parent / "docs/operating.md").read_text()
    rows = re.findall(r"^\| `(Catalyst\w+)` \|", page, re.MULTILINE)
    assert rows == [rule["alert"] for rule in _rules()]

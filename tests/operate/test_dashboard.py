"""The dashboard for Grafana is what its list of panels says, and shows metrics that a daemon exports."""

import json
import re
import subprocess
from pathlib import Path

from operate.dashboard import FILE, PANELS, text
from tests.operate.conftest import names_in, samples


def test_the_file_is_what_the_list_of_panels_makes() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run `python -m operate.dashboard`"


def test_every_metric_of_a_panel_is_exported_with_the_labels_that_it_shows(metrics_text: str) -> None:
    found = samples(metrics_text)
    for panel in PANELS:
        for expression, legend in panel.series:
            names = names_in(expression)
            assert names, panel.title
            assert names <= {name for name, _ in found}, panel.title
            shown = set(re.findall(r"\{\{(\w+)\}\}", legend))
            grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in labels.split(", ")}
            assert not grouped or shown <= grouped, panel.title
            for label in (shown | grouped) - {"instance"}:
                assert any(name in names and f'{label}="' in labels for name, labels in found), (panel.title, label)


def test_every_expression_is_promql(promtool: str, tmp_path: Path) -> None:
    """As a rule, since promtool parses those."""
    expressions = [expression.replace("$instance", ".*") for panel in PANELS for expression, _ in panel.series]
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions)]
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))  # JSON is YAML
    ended = subprocess.run(
        [promtool, "check", "rules", str(tmp_path / "rules.yaml")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr

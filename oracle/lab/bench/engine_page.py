"""docs/benchmark-pos.md and -dpos.md: `python -m oracle.lab.bench.engine_page ENGINE CONTROL_JSON FOLDER`."""

import json
import sys
from pathlib import Path

from oracle.engines.registry import ENGINES
from oracle.lab.bench.benchmark_page import Document, draw_fronts, template
from oracle.lab.bench.policy_rows import POLICY
from oracle.markdown import wrapped
from oracle.plant.engines import ENGINES as ON_THE_PLANT
from oracle.plant.families import CONSTANT, FEEDBACK
from oracle.workload.nodes import PARETO_EXPONENT


def write_engine_page(engine: str, control: Document, folder: Path) -> None:
    """Write `benchmark-ENGINE.md` and one picture for each scenario into a folder."""
    p95 = {
        name: {row["controller"]: row["p95"] for row in control["rows"] if row["scenario"] == name}
        for name in control["scenarios"]
    }
    page = template("benchmark_engine.md.jinja").render(
        **control,
        engine=engine,
        words=ENGINES[engine].words.consensus,
        parameters=ON_THE_PLANT[engine],
        pareto_exponent=PARETO_EXPONENT,
        pictures=draw_fronts(control, f"benchmark-{engine}", folder),
        p95=p95,
        constant=CONSTANT.name,
        feedback=FEEDBACK.name,
        policy=POLICY,
    )
    (folder / f"benchmark-{engine}.md").write_text(wrapped(page + "\n"))


if __name__ == "__main__":
    engine, measured, folder = sys.argv[1:]
    write_engine_page(engine, json.loads(Path(measured).read_text()), Path(folder))

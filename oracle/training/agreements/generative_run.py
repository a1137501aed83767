"""`catalyst train plans --generative`: train the generative reader, tune how sure it must be, measure it, write it."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from oracle.plans.generative.bundle import load_generative, write_generative
from oracle.plans.reading.evidence import Thresholds
from oracle.training.agreements.generative import DESCENT, factors_of, train_generative
from oracle.training.agreements.others import measure, measured_clauses
from oracle.training.descent import Descent

MEASURED, CLAUSES = 5, 40  # agreements and sentences of each set: a sentence takes a second or so


def train_plans_generative(
    directory: Path,
    out: Path,
    source: str,
    *,
    seed: int,
    say: Callable[[str], None],
    steps: int = DESCENT.steps,
    agreements: int = MEASURED,
    clauses: int = CLAUSES,
) -> bytes:
    """Train in a run directory, and write the reader; returns its modelHash."""
    descent: Descent = replace(DESCENT, steps=steps)
    causal, trained = train_generative(directory, source, seed=seed, descent=descent)
    say(
        f"trained in {trained.steps} steps: loss {trained.loss_before:.3f} -> {trained.loss:.3f} on wordings that were "
        "kept back"
    )
    training = {"seed": seed} | asdict(trained)
    factors = factors_of(causal.model)
    write_generative(out, factors=factors, thresholds=Thresholds(), source=source, training=training)
    answers = load_generative(str(out)).reader.answers
    thresholds, figures = measure(answers, agreements=agreements, clauses=measured_clauses(clauses), say=say)
    say(f"sure from {thresholds.sure}, in doubt from {thresholds.doubt}")
    return write_generative(
        out, factors=factors, thresholds=thresholds, source=source, training=training | {"figures": figures}
    )

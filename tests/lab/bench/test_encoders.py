"""The page of the encoders' benchmark has every row."""

from oracle.lab.bench.encoders_page import page
from oracle.training.tuning import METHODS


def test_the_page_has_every_method_and_probe() -> None:
    entities = ("AMOUNT", "KIND", "RECEIVER", "SENDER", "TIME")
    measured = {
        "blocks": "8 blocks of the workload",
        "transactions": 700,
        "stopping_families": ["one", "other"],
        "measured_on": "2026-01-31",
        "encoder_sha256": "5" * 64,
        "model_hash": "0x" + "7" * 64,
        "tuning": [
            {"method": method, "trained": 75_653, "steps": 500, "stopping": 0.9, "unseen": 0.8125} for method in METHODS
        ],
        "pretraining": {
            "training_texts": 1_000,
            "validation_texts": 256,
            "loss_before": 10.5,
            "loss_after": 2.25,
            "accuracy_before": 0.0,
            "accuracy_after": 0.5,
        },
        "probes": [
            {"encoder": "whole", "f1": dict.fromkeys(entities, 0.75), "micro_f1": 0.625, "report": "precision\n"}
        ],
    }
    written = page(measured)
    assert all(f"{said}`" in written for said in ("5" * 64, "0x" + "7" * 64))
    assert "`one, other`" in written
    assert "Measured on 2026-01-31" in written
    assert all(f"| {method} | 75,653 | 500 | 0.900 | 0.812 |" in written for method in METHODS)
    assert "10.500 → 2.250 nats" in written
    assert "| whole | 0.750 | 0.750 | 0.750 | 0.750 | 0.750 | 0.625 |" in written

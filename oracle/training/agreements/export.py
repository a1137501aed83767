"""A trained reader of agreements as a bundle."""

from pathlib import Path
from typing import Any

from oracle.model.adapter import write_adapter
from oracle.plans.bundle import write_reader
from oracle.plans.reading.evidence import Thresholds
from oracle.training.agreements.train import TrainableReader, layer_of, tuned_layers


def export_reader(
    reader: TrainableReader, out: Path, *, thresholds: Thresholds, encoder_source: str, training: dict[str, Any]
) -> bytes:
    """Write the bundle and return its modelHash."""
    out.mkdir(parents=True, exist_ok=True)
    adapter = out / "adapter.safetensors"
    write_adapter(
        adapter,
        {name: layer.get_delta_weight(layer.active_adapters[0]) for name, layer in tuned_layers(reader.encoder.model)},
    )
    return write_reader(
        out,
        kinds=layer_of(reader.kinds),
        meanings=layer_of(reader.meanings),
        adapter=adapter,
        thresholds=thresholds,
        encoder_source=encoder_source,
        training=training,
    )

"""`catalyst encoder`."""

import signal
import threading
from pathlib import Path

import rich_click as click

from oracle.cli.environment import Command
from oracle.cli.options import bundle_options


@click.command(cls=Command)
@bundle_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the HTTP server.")
@click.option("--port", default=8461, show_default=True, type=click.IntRange(1, 65535), help="Its port.")
@click.option("--least", default=1, show_default=True, type=click.IntRange(1), help="Replicas that always run.")
@click.option("--most", default=4, show_default=True, type=click.IntRange(1), help="Replicas while requests wait.")
@click.option("--cluster", help="Address of the head of a Ray cluster.  [default: one is started here]")
def encoder(
    bundle: Path | None, encoder: str | None, host: str, port: int, least: int, most: int, cluster: str | None
) -> None:
    """Encode texts for several oracles, by as many processes of a Ray cluster as requests need, until Ctrl-C.

    Oracles ask it by --encoder-url. Vectors are the same as those of an oracle's own encoder, to the last bit that
    counts. Anyone who reaches the port can have texts encoded, so keep it to your own machines.

    catalyst encoder --port 8461
    """
    from oracle.model.manifest import DEFAULT_BUNDLE
    from oracle.service.encoder_replicas import start_replicas, stop_replicas

    folder = (bundle or DEFAULT_BUNDLE).resolve()
    start_replicas(folder, encoder, host=host, port=port, least=least, most=most, address=cluster)
    told = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: told.set())  # Ray has put handlers of its own, which abort
    click.echo(f"encoder at http://{host}:{port}, {least} to {most} replicas; Ctrl-C ends it")
    told.wait()
    stop_replicas()

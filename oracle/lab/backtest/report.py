"""The page of a backtest; it loads nothing from elsewhere."""

import base64
from importlib import resources

import jinja2
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from oracle.lab.backtest.shadow import AHEAD_BLOCKS, SPOKE, Shadow
from oracle.lab.network.plots import as_png

_LOUDEST = 12


def report_page(shadow: Shadow) -> str:
    """HTML with figures, a picture, and what was said where text added most."""
    template = resources.files("oracle.lab.backtest").joinpath("report.html.jinja").read_text()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    loudest = sorted(enumerate(shadow.rows, 1), key=lambda placed: -placed[1].text_added)[:_LOUDEST]
    return environment.from_string(template).render(
        shadow=shadow,
        loudest=loudest,
        longest=max(row.window_blocks for row in shadow.rows),
        ahead=AHEAD_BLOCKS,
        spoke_from=SPOKE,
        milliseconds=float(np.median([row.milliseconds for row in shadow.rows])),
        picture=base64.b64encode(_picture(shadow)).decode(),
    )


def _picture(shadow: Shadow) -> bytes:
    """Phi of both and in force, what text added, and the load, by place in the record as the table counts them."""
    at = range(1, len(shadow.rows) + 1)
    figure, (phi, text, load) = plt.subplots(3, 1, figsize=(9, 7), sharex=True, layout="constrained")
    phi.plot(at, [row.phi_policy for row in shadow.rows], label="policy")
    phi.plot(at, [row.phi_feedback for row in shadow.rows], label="feedback alone", linestyle=":")
    phi.plot(at, [row.phi_in_force for row in shadow.rows], label="in force", color="0.6", linewidth=0.8)
    phi.set(ylabel="φ", title="φ that would have been reported at each block")
    phi.legend(fontsize="small")
    text.fill_between(at, [row.text_added for row in shadow.rows], step="mid", alpha=0.7)
    text.set(ylabel="added by text")
    load.step(at, [row.transactions / shadow.capacity_transactions for row in shadow.rows], where="mid", label="load")
    load.plot(at, [row.backlog for row in shadow.rows], label="backlog")
    load.set(ylabel="full blocks", xlabel="place of the block in the record, 1 is the first")
    load.xaxis.set_major_locator(MaxNLocator(integer=True))
    load.legend(fontsize="small")
    return as_png(figure)

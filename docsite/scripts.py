"""A hook of MkDocs: scripts that draw diagrams and search, taken from npm's packages, so that nothing is loaded."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).resolve().parent.parent
MERMAID = "javascripts/mermaid.js"
_DIAGRAM = re.compile(r'<pre class="mermaid"><code>(\w+).*?</pre>', re.DOTALL)
# What is drawn from the left to the right, and would be too small to read on a telephone.
_WIDE = {"sequenceDiagram", "stateDiagram"}
_SOURCES = {
    MERMAID: "node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js",
    "javascripts/iframe-worker.js": "node_modules/iframe-worker/shim/index.js",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the scripts to the site's files.

    Raises:
        PluginError: a package is missing.
    """
    for name, source in _SOURCES.items():
        path = ROOT / source
        if not path.is_file():
            raise PluginError(f"{source} is missing; run `make setup`, which installs it")
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_content(html: str, **_: object) -> str:
    """Give each diagram a frame that scrolls."""
    return _DIAGRAM.sub(lambda found: f'<div class="diagram{" wide" * (found[1] in _WIDE)}">{found[0]}</div>', html)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Load the script of diagrams (2.5 MB) ahead of the theme's, on pages that have some."""
    if '<div class="diagram' not in output:
        return output
    script = f'<script src="{get_relative_url(MERMAID, page.url)}"></script>\n'
    return output.replace("</head>", f"{script}</head>", 1)

"""Write the pages and drawings that code alone decides: `python -m docsite` (see `make reference`)."""

from docsite.pages import PAGES, ROOT, content
from oracle.output import write_whole

for name in PAGES:
    (ROOT / name).parent.mkdir(exist_ok=True)
    write_whole(ROOT / name, content(name))

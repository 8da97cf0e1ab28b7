"""The pages for people, and where their files are. No Python here but what finds and builds files.

GraphiQL comes from npm packages, pinned in ``package-lock.json`` and copied into ``vendor/`` by ``python -m web.build``
(``make web``); nothing of it is committed, and no page may name an address outside the service.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
VENDOR = HERE / "vendor"

LANDING = HERE / "index.html"
CONSOLE = HERE / "graphiql.html"
UNBUILT = HERE / "unbuilt.html"

OWN = frozenset({"console.js", "pages.css"})
BUILT = {
    "react.production.min.js": "react/umd/react.production.min.js",
    "react-dom.production.min.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.min.js": "graphiql/graphiql.min.js",
    "graphiql.min.css": "graphiql/graphiql.min.css",
}
"""Name under ``/assets/`` → file inside ``node_modules/``."""


def is_built() -> bool:
    """Whether GraphiQL's files are there."""
    return all((VENDOR / name).is_file() for name in BUILT)


def asset(name: str) -> Path | None:
    """The file of an asset's name; ``None`` for any name that is not one of ours."""
    if name in OWN:
        return HERE / name
    return VENDOR / name if name in BUILT else None

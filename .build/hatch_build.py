"""Lays the flat checkout out as the one package `emergency`.

A wheel gets emergency.py as emergency/__init__.py. An editable install gets a folder of
links back to the checkout, so that checkers and editors see an ordinary package.
"""

import os
import pathlib
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = {
    "emergency.py": "__init__.py",
    "commands/__main__.py": "__main__.py",
    "plugins/py.typed": "py.typed",
}
FOLDERS = ("commands", "plugins", "store", "tui")


class FlatCheckoutHook(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before each build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map the files into the wheel, or lay the links of an editable install."""
        if version == "standard":
            build_data["force_include"].update(
                {os.path.join(self.root, source): f"emergency/{target}" for source, target in FILES.items()}
            )
            return
        package = pathlib.Path(self.root, ".build", "editable", "emergency")
        package.mkdir(parents=True, exist_ok=True)
        for source, target in {**FILES, **{folder: folder for folder in FOLDERS}}.items():
            link = package / target
            if link.is_symlink():
                link.unlink()
            link.symlink_to(pathlib.Path(self.root, source))

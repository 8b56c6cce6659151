"""Spreadsheets in and out, as people keep them: the plugin that proves the hooks."""

from __future__ import annotations

from emergency.plugins.hooks import Exporter, Importer, hookimpl


@hookimpl
def emergency_importers() -> dict[str, Importer]:
    """The format is told by content, so one reader serves every ending."""
    from emergency.plugins.sheets.reading import read

    return {"*": read}


@hookimpl
def emergency_exporters() -> dict[str, Exporter]:
    """CSV with a BOM, which office programs need to read Chinese, and XLSX."""
    from emergency.plugins.sheets import writing

    return {"csv": writing.write_csv, "ndjson": writing.write_ndjson, "xlsx": writing.write_xlsx}

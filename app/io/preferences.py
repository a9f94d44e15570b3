"""A person's settings that mean the same with and without the window: one JSON file."""

from __future__ import annotations

import json
from typing import Any

from app.core import paths

DEFAULTS: dict[str, Any] = {
    "segmentation.engine": "click-net",
    "theme": "system",
}


class Preferences:
    """Read once, written at each change (temporary file, then renamed). A damaged file is set aside, never fatal."""

    def __init__(self) -> None:
        self._path = paths.user_config_dir() / "preferences.json"
        self._values: dict[str, Any] = {}
        self.note = ""
        try:
            loaded = json.loads(self._path.read_text(encoding="utf-8"))
            if not isinstance(loaded, dict):
                raise ValueError("not an object")
            self._values = loaded
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            self.note = f"{self._path} could not be read ({error}); your settings start afresh."
            self._set_aside()

    def get(self, key: str, default: Any = None) -> Any:
        return self._values.get(key, DEFAULTS.get(key, default))

    def set(self, key: str, value: Any) -> None:
        if self.get(key) == value:
            return
        self._values[key] = value
        self._write()

    def remove(self, key: str) -> None:
        if self._values.pop(key, None) is not None:
            self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._values, indent=1, sort_keys=True), encoding="utf-8")
        part.replace(self._path)

    def _set_aside(self) -> None:
        try:
            self._path.replace(self._path.with_suffix(".damaged"))
        except OSError as error:
            self.note += f" It could not be set aside either: {error}."

"""Messages between the window and the process that runs networks.

A message is a JSON header followed by raw buffers, so that the process may run in another environment. Layers and other
frozen dataclasses travel as their fields; arrays as dtype, shape and buffer. Pictures do not travel at all: they lie in
one shared-memory block that is written again for the next picture (12 MP: a copy of a few ms, not 130 ms of pickling).
"""

from __future__ import annotations

import dataclasses
import json
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.coarse import CoarseMask
from app.core.geometry import Box
from app.core.layers import LAYER_TYPES
from app.core.masks import Rle
from app.core.prompts import Click, Prompts
from app.core.sources import Image
from app.tools.runner import Provenance

TYPES: dict[str, type] = {t.__name__: t for t in (*LAYER_TYPES, Box, Click, CoarseMask, Prompts, Provenance, Rle)}
"""Everything that may travel besides plain values: nothing else is ever built from a message."""

Message = dict[str, Any]


def send(connection: Connection, message: Message) -> None:
    buffers: list[Any] = []
    header = json.dumps(_pack(message, buffers)).encode()
    connection.send_bytes(json.dumps({"buffers": len(buffers)}).encode() + b"\n" + header)
    for buffer in buffers:
        connection.send_bytes(buffer)


def receive(connection: Connection) -> Message:
    """The next message; raises EOFError when the other side is gone."""
    head, _, body = connection.recv_bytes().partition(b"\n")
    buffers = [connection.recv_bytes() for _ in range(json.loads(head)["buffers"])]
    message: Message = _unpack(json.loads(body), buffers)
    return message


def _pack(value: Any, buffers: list[Any]) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        buffers.append(array.reshape(-1).view(np.uint8).data if array.size else b"")
        return {"$array": len(buffers) - 1, "dtype": array.dtype.str, "shape": list(array.shape)}
    if isinstance(value, bytes):
        buffers.append(value)
        return {"$bytes": len(buffers) - 1}
    if isinstance(value, tuple | list):
        return {"$list" if isinstance(value, list) else "$tuple": [_pack(v, buffers) for v in value]}
    if isinstance(value, dict):
        return {"$dict": [[k, _pack(v, buffers)] for k, v in value.items()]}
    if type(value).__name__ in TYPES:
        fields = {f.name: _pack(getattr(value, f.name), buffers) for f in dataclasses.fields(value)}
        return {"$type": type(value).__name__, "fields": fields}
    raise TypeError(f"{type(value).__name__} cannot travel between processes")


def _unpack(value: Any, buffers: list[bytes]) -> Any:
    if not isinstance(value, dict):
        return value
    if "$array" in value:
        flat = np.frombuffer(buffers[value["$array"]], dtype=value["dtype"])
        return flat.reshape(value["shape"])
    if "$bytes" in value:
        return buffers[value["$bytes"]]
    if "$tuple" in value:
        return tuple(_unpack(v, buffers) for v in value["$tuple"])
    if "$list" in value:
        return [_unpack(v, buffers) for v in value["$list"]]
    if "$dict" in value:
        return {k: _unpack(v, buffers) for k, v in value["$dict"]}
    return TYPES[value["$type"]](**{k: _unpack(v, buffers) for k, v in value["fields"].items()})


class PictureSender:
    """The window's end of the shared block: puts a picture into it and says what lies there."""

    def __init__(self) -> None:
        self._block: SharedMemory | None = None
        self._key = ""

    def put(self, image: Image) -> Message:
        """Where the receiver finds the picture. The pixels are copied only when another picture lies there."""
        need = image.pixels.nbytes
        if self._block is None or self._block.size < need:
            self.close()
            self._block = SharedMemory(create=True, size=need)
        if self._key != image.key:
            shared: NDArray[Any] = np.ndarray(image.pixels.shape, image.pixels.dtype, self._block.buf)
            np.copyto(shared, image.pixels)
            self._key = image.key
        return {
            "block": self._block.name,
            "dtype": image.pixels.dtype.str,
            "shape": list(image.pixels.shape),
            "key": image.key,
            "name": image.name,
        }

    def close(self) -> None:
        if self._block is not None:
            self._block.close()
            self._block.unlink()
            self._block, self._key = None, ""


class PictureReceiver:
    """The process's end: copies a picture out of the block once, and keeps the last one."""

    def __init__(self) -> None:
        self._image: Image | None = None
        self._key = ""

    def get(self, message: Message) -> Image:
        if self._image is None or self._key != message["key"]:
            block = _attach(message["block"])
            try:
                shared: NDArray[Any] = np.ndarray(tuple(message["shape"]), message["dtype"], block.buf)
                self._image = Image(shared.copy(), message["name"])
                self._key = message["key"]
                self._image.__dict__["key"] = self._key  # the sender has hashed it already
            finally:
                del shared
                block.close()
        return self._image


def _attach(name: str) -> SharedMemory:
    """Open a block that the other process owns, without this process's tracker destroying it at exit (bpo-38119)."""
    import sys

    if sys.version_info >= (3, 13):
        return SharedMemory(name=name, track=False)
    from multiprocessing import resource_tracker

    block = SharedMemory(name=name)
    if sys.platform != "win32":
        resource_tracker.unregister("/" + block.name.lstrip("/"), "shared_memory")
    return block

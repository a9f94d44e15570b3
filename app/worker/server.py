"""The loop of the process that runs networks. Started by `client`; ends when the window's end of the pipe closes."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Client, Connection
from queue import SimpleQueue

from app.core import paths
from app.core.errors import FoveaError
from app.core.sources import Prompted, Source
from app.tools import devices
from app.tools.catalog import Catalog, load_catalog
from app.tools.contract import Cancelled, Tool
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, Result, coalesced, run
from app.tools.weights import Weights
from app.worker import protocol

ADDRESS, KEY = "FOVEA_WORKER_ADDRESS", "FOVEA_WORKER_KEY"


def serve() -> None:
    """Connect to the window that started this process and work until it goes away."""
    key = bytes.fromhex(os.environ.pop(KEY))
    with Client(os.environ.pop(ADDRESS), authkey=key) as connection:
        Server(connection).loop()


class Server:
    """Runs requests one after the other; a second thread listens, so that a cancel is heard while a tool runs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._requests: SimpleQueue[protocol.Message | None] = SimpleQueue()
        self._cancelled: set[int] = set()
        self._pictures = protocol.PictureReceiver()
        self._memo = Memo()
        self._weights = Weights()
        self._device: devices.Device | None = None
        self._pool = ModelPool(self._weights.require, self._pick_device)
        self._catalog: Catalog | None = None

    def loop(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        while (request := self._requests.get()) is not None:
            self._send(self._answer(request))
            self._cancelled.discard(request["serial"])

    def _listen(self) -> None:
        try:
            while True:
                message = protocol.receive(self._connection)
                if message["op"] == "cancel":
                    self._cancelled.add(message["serial"])
                else:
                    self._requests.put(message)
        except (EOFError, OSError):
            # The window is gone: a native call may be running that nothing else can interrupt.
            os._exit(0)

    def _send(self, message: protocol.Message) -> None:
        with self._sending:
            protocol.send(self._connection, message)

    def _pick_device(self) -> str:
        self._device = devices.pick()
        self._send({"op": "device", "name": self._device.name, "reason": self._device.reason})
        return self._device.name

    def _tool(self, tool_id: str) -> Tool:
        if self._catalog is None:
            self._catalog = load_catalog(folders=(paths.user_plugin_dir(),))
        return self._catalog.find(tool_id)

    def _answer(self, request: protocol.Message) -> protocol.Message:
        serial = request["serial"]
        try:
            result = self._run(request)
        except Cancelled:
            return {"op": "cancelled", "serial": serial}
        except FoveaError as error:
            return {"op": "error", "serial": serial, "sentence": str(error), "model": getattr(error, "model_id", None)}
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
            return {"op": "crash", "serial": serial, "reason": reason, "traceback": traceback.format_exc()}
        return {
            "op": "done",
            "serial": serial,
            "layers": result.layers,
            "seconds": result.seconds,
            "weights": dict(result.weights),
            "device": result.device,
            "notices": result.notices,
            "children": result.children,
        }

    def _run(self, request: protocol.Message) -> Result:
        tool = self._tool(request["tool"])
        image = self._pictures.get(request["picture"])
        prompts = request["prompts"]
        source: Source = image if prompts is None else Prompted(image, prompts)
        params = tool.params(**request["params"])
        wanted = None if request["wanted"] is None else frozenset(request["wanted"])

        def attempt(extra: tuple[str, ...] = ()) -> Result:
            job = LocalJob(
                self._pool,
                self._memo,
                self._tool,
                self._reporter(request["serial"]),
                lambda: request["serial"] in self._cancelled,
                wanted,
            )
            for text in extra:
                job.notice(text)
            return run(tool, source, params, job)

        return self._with_room(attempt)

    def _with_room(self, attempt: Callable[..., Result]) -> Result:
        """Run; when the device's memory is full, make room and try again; then on the CPU, and say so."""
        try:
            return attempt()
        except BaseException as error:
            if not _out_of_memory(error):
                raise
        self._make_room()
        try:
            return attempt()
        except BaseException as error:
            if not _out_of_memory(error) or self._pool.device == "cpu":
                raise
        self._make_room()
        reason = (
            f"{self._pool.device} ran out of memory, so networks run on the CPU until the program is started again."
        )
        self._pool = ModelPool(self._weights.require, "cpu")
        self._send({"op": "device", "name": "cpu", "reason": reason})
        return attempt((reason,))

    def _make_room(self) -> None:
        self._memo.clear()
        self._pool.drop_all()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _reporter(self, serial: int) -> Callable[[float | None, str], None]:
        send = self._send
        return coalesced(
            lambda fraction, text: send({"op": "progress", "serial": serial, "fraction": fraction, "text": text})
        )


def _out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"

"""The window's handle on the process that runs networks: start it, ask it, call it off, survive its death."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener

from app.core.errors import FoveaError
from app.core.sources import Image, Prompted, Source
from app.tools.contract import Cancelled, Params, Tool
from app.tools.devices import Device
from app.tools.runner import Report, Result, adapt
from app.worker import protocol
from app.worker.server import ADDRESS, KEY

START_S = 60.0
CANCEL_S = 2.0
GONE_S = 5.0
POLL_S = 0.02


class WorkerDied(FoveaError):
    """The process ended in the middle of a run: the answer is lost, nothing else is."""


class ToolFailed(Exception):
    """A bug inside a tool: ``str(error)`` is one line, ``traceback`` the text of the process's traceback."""

    def __init__(self, reason: str, traceback: str) -> None:
        super().__init__(reason)
        self.traceback = traceback


class Refusal(FoveaError):
    """A `ToolError` (or missing weights) that was raised in the process; ``model`` names the missing model."""

    def __init__(self, sentence: str, model: str | None) -> None:
        super().__init__(sentence)
        self.model_id = model


def worker_command() -> list[str]:
    """How this very program starts its worker, frozen or not."""
    return [sys.executable, "--worker"] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app", "--worker"]


class WorkerClient:
    """One process, asked by one thread. It is started by the first `run` and again after it died."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._pictures = protocol.PictureSender()
        self._serial = 0
        self._aborted = threading.Event()
        self.device: Device | None = None
        self.on_device: Callable[[Device], None] = lambda _: None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process if it does not run. Raises `WorkerDied` when it does not come up."""
        if self._process is not None and self._process.poll() is None:
            return
        self._forget()
        key = secrets.token_bytes(32)
        with Listener(authkey=key) as listener:
            address = str(listener.address)
            environment = {**os.environ, **self._environment, ADDRESS: address, KEY: key.hex()}
            self._process = subprocess.Popen(worker_command(), env=environment, stdin=subprocess.DEVNULL)
            self._connection = self._accept(listener, address, key)

    def _accept(self, listener: Listener, address: str, key: bytes) -> Connection:
        """Wait for the process to call back; `Listener.accept` itself knows no time limit."""
        answer: list[Connection] = []
        waiting = threading.Thread(target=lambda: answer.append(listener.accept()), name="accept", daemon=True)
        waiting.start()
        end = time.monotonic() + START_S
        process = self._process
        while waiting.is_alive() and time.monotonic() < end and process is not None and process.poll() is None:
            if self._aborted.is_set():
                break
            waiting.join(POLL_S)
        if answer:
            return answer[0]
        # Nobody else will call: we do, so that no thread is left waiting for it.
        with contextlib.suppress(OSError, EOFError, AuthenticationError), Client(address, authkey=key):
            waiting.join(1.0)
        self.kill()
        raise WorkerDied("The process that runs networks could not be started; see the log for what it printed.")

    def run(
        self,
        tool: Tool,
        source: Source,
        params: Params,
        wanted: frozenset[str] | None = frozenset(),
        report: Report | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Result:
        """Run a tool in the process and wait.

        Raises `Cancelled` once ``stop()`` is true (a process that does not listen within two seconds is replaced),
        `Refusal` for a sentence to the person, `ToolFailed` for a bug, `WorkerDied` when the process is gone.
        """
        source = adapt(tool, source)
        self._serial += 1
        serial = self._serial
        request = {"op": "run", "serial": serial, "tool": tool.id, "params": params.model_dump(mode="json")}
        request |= {"wanted": None if wanted is None else sorted(wanted)} | self._travelling(source)
        try:
            self.start()
            assert self._connection is not None
            protocol.send(self._connection, request)
            answer = self._wait(serial, report, stop)
        except (EOFError, OSError) as error:
            code = self._exit_code()
            self._forget()
            raise WorkerDied(
                f"The process that runs networks ended unexpectedly ({_exit_text(code)}). It starts again with the "
                f"next run; if this keeps happening, the picture or the model may need more memory than there is."
            ) from error
        return self._result(answer, tool, source, params)

    def _exit_code(self) -> int | None:
        """How the process ended; one that lives on without its end of the pipe is of no use and is ended here."""
        if self._process is None:
            return None
        try:
            return self._process.wait(timeout=GONE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _travelling(self, source: Source) -> protocol.Message:
        image: Image = source.image if isinstance(source, Prompted) else source
        prompts = source.prompts if isinstance(source, Prompted) else None
        return {"picture": self._pictures.put(image), "prompts": prompts}

    def _wait(self, serial: int, report: Report | None, stop: Callable[[], bool]) -> protocol.Message:
        asked_at: float | None = None
        assert self._connection is not None
        while True:
            if asked_at is None and stop():
                asked_at = time.monotonic()
                protocol.send(self._connection, {"op": "cancel", "serial": serial})
            if asked_at is not None and time.monotonic() - asked_at > CANCEL_S:
                self.kill()
                raise Cancelled
            if not self._connection.poll(POLL_S):
                continue
            message = protocol.receive(self._connection)
            if message["op"] == "device":
                self.device = Device(message["name"], message["reason"])
                self.on_device(self.device)
            elif message["serial"] != serial:
                continue
            elif message["op"] == "progress":
                if report and asked_at is None:
                    report(message["fraction"], message["text"])
            else:
                return message

    def _result(self, answer: protocol.Message, tool: Tool, source: Source, params: Params) -> Result:
        if answer["op"] == "cancelled":
            raise Cancelled
        if answer["op"] == "error":
            raise Refusal(answer["sentence"], answer["model"])
        if answer["op"] == "crash":
            raise ToolFailed(answer["reason"], answer["traceback"])
        return Result(
            tool=tool,
            source=source,
            params=params,
            layers=answer["layers"],
            seconds=answer["seconds"],
            weights=answer["weights"],
            device=answer["device"],
            notices=answer["notices"],
            children=answer["children"],
        )

    def abort(self) -> None:
        """End the process from another thread than the one that asks it: that one's `run` raises `WorkerDied`, also
        while the process is being started. For good: nothing is started any more."""
        self._aborted.set()
        process = self._process
        if process is not None:
            process.kill()

    def kill(self) -> None:
        """End the process at once; the next run starts another."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._forget()

    def close(self) -> None:
        """End the process and free the shared picture."""
        self.kill()
        self._pictures.close()

    def _forget(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
        self._connection = self._process = None


def _exit_text(code: int | None) -> str:
    if code is None:
        return "no exit status"
    return f"killed by signal {-code}" if code < 0 else f"exit status {code}"

"""JobRunner: tools off the window's thread.

Light tools run in a long-lived QThread in this process, those that answer clicks in another, so that a slider does not
wait for an engine that looks at the picture; tools that need a network run in the process of `app.worker`, steered by a
third long-lived QThread. All speak the same contract, and the window hears of all through the same signals, on its own
thread.

Latest wins, per lane: a newer request replaces one that waits; a light run that has begun is left to finish (so that a
slider that moves shows something), a network run that has begun is called off.
"""

from __future__ import annotations

import itertools
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.core.errors import FoveaError
from app.core.layers import Layer
from app.core.sources import Prompted, Source
from app.io import memory
from app.tools.contract import Cancelled, Params, Tool
from app.tools.devices import Device
from app.tools.memo import Memo
from app.tools.models import ModelPool
from app.tools.runner import LocalJob, Report, Result, coalesced, run
from app.tools.weights import Weights
from app.ui import threads
from app.worker.client import ToolFailed, WorkerClient, WorkerDied


@dataclass(frozen=True, eq=False)
class Request:
    """A tool to run. ``lane`` names what it competes with: of one lane only the newest request matters.

    ``context`` is the asker's own and comes back with the answer, to tell whether it is still wanted. A ``patient``
    request that has begun is not called off by a newer one (an encoder at work on the picture serves both).
    """

    tool: Tool
    source: Source
    params: Params
    lane: str
    wanted: frozenset[str] = frozenset()
    context: object = None
    patient: bool = False
    serial: int = field(default_factory=itertools.count(1).__next__)

    @property
    def heavy(self) -> bool:
        """Whether it belongs into the process that runs networks."""
        return any(not spec.light for spec in self.tool.needs(self.params))


@dataclass(frozen=True)
class Failure:
    """Why a run failed: a sentence, the missing model's id if that is the reason, and a traceback if it is a bug."""

    sentence: str
    model_id: str | None = None
    traceback: str = ""
    process_died: bool = False


class JobRunner(QObject):
    """Takes requests and announces what becomes of them. Lives on the window's thread."""

    started = Signal(object)
    """(Request) It runs now."""
    progressed = Signal(object, object, str)
    """(Request, fraction or None, text) At most about 30 times a second."""
    partial = Signal(object, object)
    """(Request, tuple of layers) A tool that yields has something to show."""
    finished = Signal(object, object)
    """(Request, Result)"""
    failed = Signal(object, object)
    """(Request, Failure)"""
    cancelled = Signal(object)
    """(Request) Nobody waits for it any more; its answer will not come."""
    device_changed = Signal(object)
    """(Device) What networks run on, known once the process has loaded its first one."""
    process_died = Signal(str)
    """(sentence) The process of the networks ended in the middle of a run; the next run starts another."""
    idle = Signal()
    """Nothing runs and nothing waits."""

    def __init__(self, parent: QObject | None = None, find: Callable[[str], Tool] | None = None) -> None:
        super().__init__(parent)
        self.find = find
        self._light, self._clicks = (_Worker(_InThread(lambda tool_id: self._find(tool_id))) for _ in range(2))
        self._process = _InProcess()
        self._heavy = _Worker(self._process)
        workers = {"light tools": self._light, "clicks": self._clicks, "networks": self._heavy}
        self._threads = {self._start(worker, name): worker for name, worker in workers.items()}
        self._open: dict[int, Request] = {}

    def _find(self, tool_id: str) -> Tool:
        if self.find is None:
            raise FoveaError(f"{tool_id} cannot be run before the tools are loaded.")
        return self.find(tool_id)

    def _start(self, worker: _Worker, name: str) -> QThread:
        thread = QThread(self)
        thread.setObjectName(name)
        worker.moveToThread(thread)
        worker.started.connect(self._on_started)
        worker.progressed.connect(self._on_progress)
        worker.partial.connect(self._on_partial)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)
        worker.gone.connect(self._on_gone)
        worker.device.connect(self._on_device)
        thread.start()
        return thread

    def submit(self, request: Request) -> Request:
        """Ask for a run; older requests of its lane lose (see the module)."""
        for old in [r for r in self._open.values() if r.lane == request.lane]:
            waiting = self._worker_of(old).replace(old)
            let_finish = old.patient or (old.tool.live and not old.heavy)
            if waiting or not let_finish:
                self._give_up(old)
        self._open[request.serial] = request
        self._worker_of(request).put(request)
        return request

    def cancel(self, request: Request) -> None:
        """Drop the answer at once; the work itself ends at the tool's next `progress`, or with its process."""
        if request.serial in self._open:
            self._worker_of(request).replace(request)
            self._give_up(request)

    def cancel_lane(self, lane: str) -> None:
        for request in [r for r in self._open.values() if r.lane == lane]:
            self.cancel(request)

    @property
    def busy(self) -> bool:
        return bool(self._open)

    @property
    def worker_pid(self) -> int | None:
        """The process that runs networks, if it has been started."""
        return self._process.client.pid

    def shutdown(self) -> None:
        """Stop everything; a run that does not listen is left behind. Call before the window goes."""
        for request in list(self._open.values()):
            self.cancel(request)
        for worker in (self._light, self._clicks, self._heavy):
            worker.quit()
        for thread, worker in self._threads.items():
            threads.end(thread, worker)

    def _worker_of(self, request: Request) -> _Worker:
        if request.heavy:
            return self._heavy
        return self._clicks if request.tool.source is Prompted else self._light

    def _give_up(self, request: Request) -> None:
        self._worker_of(request).stop(request)
        self._close(request)
        self.cancelled.emit(request)

    def _close(self, request: Request) -> bool:
        known = self._open.pop(request.serial, None) is not None
        if known and not self._open:
            self.idle.emit()
        return known

    @Slot(object)
    def _on_started(self, request: Request) -> None:
        if request.serial in self._open:
            self.started.emit(request)

    @Slot(object, object, str)
    def _on_progress(self, request: Request, fraction: float | None, text: str) -> None:
        if request.serial in self._open:
            self.progressed.emit(request, fraction, text)

    @Slot(object, object)
    def _on_partial(self, request: Request, layers: tuple[Layer, ...]) -> None:
        if request.serial in self._open:
            self.partial.emit(request, layers)

    @Slot(object, object)
    def _on_finished(self, request: Request, result: Result) -> None:
        if self._close(request):
            self.finished.emit(request, result)

    @Slot(object, object)
    def _on_failed(self, request: Request, failure: Failure) -> None:
        if failure.process_died:
            self.process_died.emit(failure.sentence)
        if self._close(request):
            self.failed.emit(request, failure)

    @Slot(object)
    def _on_gone(self, request: Request) -> None:
        if self._close(request):
            self.cancelled.emit(request)

    @Slot(object)
    def _on_device(self, device: Device) -> None:
        self.device_changed.emit(device)


class _Worker(QObject):
    """One thread's queue. `put`, `replace`, `stop` and `quit` are called from the window's thread."""

    started = Signal(object)
    progressed = Signal(object, object, str)
    partial = Signal(object, object)
    finished = Signal(object, object)
    failed = Signal(object, object)
    gone = Signal(object)
    device = Signal(object)
    _wake = Signal()

    def __init__(self, place: _InThread | _InProcess) -> None:
        super().__init__()
        self._place = place
        self._waiting: OrderedDict[int, Request] = OrderedDict()
        self._stopped: set[int] = set()
        self._lock = threading.Lock()
        self._quitting = False
        self._wake.connect(self._work)

    def put(self, request: Request) -> None:
        with self._lock:
            self._waiting[request.serial] = request
        self._wake.emit()

    def replace(self, request: Request) -> bool:
        """Take a request back out of the queue; false when it has begun or is done."""
        with self._lock:
            return self._waiting.pop(request.serial, None) is not None

    def stop(self, request: Request) -> None:
        self._stopped.add(request.serial)

    def quit(self) -> None:
        self._quitting = True
        with self._lock:
            self._waiting.clear()
        self._place.quit()

    @Slot()
    def _work(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            _, request = self._waiting.popitem(last=False)
        self.started.emit(request)
        try:
            self.finished.emit(request, self._place.run(request, self))
        except Cancelled:
            self.gone.emit(request)
        except WorkerDied as error:
            self.failed.emit(request, Failure(str(error), process_died=True))
        except FoveaError as error:
            self.failed.emit(request, Failure(str(error), getattr(error, "model_id", None)))
        except ToolFailed as error:
            self.failed.emit(request, Failure(_bug(request, error), None, error.traceback))
        except BaseException as error:
            reason = f"{type(error).__name__}: {error}"
            self.failed.emit(request, Failure(_bug(request, reason), None, traceback.format_exc()))
        self._stopped.discard(request.serial)

    def is_stopped(self, request: Request) -> bool:
        return self._quitting or request.serial in self._stopped

    def reporter(self, request: Request) -> Report:
        return coalesced(lambda fraction, text: self.progressed.emit(request, fraction, text))


def _bug(request: Request, reason: object) -> str:
    return f"{request.tool.title} failed: {reason}. The log has the details; the program goes on."


class _InThread:
    """Runs light tools right here."""

    def __init__(self, find: Callable[[str], Tool]) -> None:
        self._find = find
        self._pool = ModelPool(Weights().require, "cpu")
        self._memo = Memo()

    def run(self, request: Request, worker: _Worker) -> Result:
        job = LocalJob(
            self._pool,
            self._memo,
            self._find,
            worker.reporter(request),
            lambda: worker.is_stopped(request),
            request.wanted,
        )
        show = lambda layers: worker.partial.emit(request, layers)  # noqa: E731
        before = len(self._pool)
        try:
            return run(request.tool, request.source, request.params, job, show)
        finally:
            if len(self._pool) != before:
                memory.give_back()  # a network's file takes as much again while it is loaded

    def quit(self) -> None:
        pass


class _InProcess:
    """Has tools run in the process that owns the networks, and waits for it."""

    def __init__(self) -> None:
        self.client = WorkerClient()
        self._running = threading.Lock()

    def run(self, request: Request, worker: _Worker) -> Result:
        self.client.on_device = worker.device.emit
        with self._running:
            return self.client.run(
                request.tool,
                request.source,
                request.params,
                request.wanted,
                worker.reporter(request),
                lambda: worker.is_stopped(request),
            )

    def quit(self) -> None:
        """End the process at once, in the middle of a run too."""
        self.client.abort()
        with self._running:
            self.client.close()

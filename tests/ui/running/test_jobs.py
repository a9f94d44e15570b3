from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread

from app.core.sources import Image
from app.tools.catalog import Catalog, load_catalog
from app.tools.runner import Result
from app.ui import threads
from app.ui.running.jobs import Failure, JobRunner, Request
from tests import trouble


@pytest.fixture
def troubles(home: Path) -> Catalog:
    return load_catalog("plugins", (trouble.install(home),))


@pytest.fixture
def jobs(qtbot, troubles: Catalog) -> Iterator[JobRunner]:
    jobs = JobRunner(find=troubles.find)
    yield jobs
    jobs.shutdown()


class Heard:
    """What a runner announced, in order, and on which thread."""

    def __init__(self, jobs: JobRunner) -> None:
        self.results: list[tuple[Request, Result]] = []
        self.failures: list[tuple[Request, Failure]] = []
        self.cancelled: list[Request] = []
        self.progress: list[str] = []
        self.threads: set[QThread] = set()
        jobs.finished.connect(self._finished)
        jobs.failed.connect(lambda r, f: self.failures.append((r, f)))
        jobs.cancelled.connect(self.cancelled.append)
        jobs.progressed.connect(lambda _r, _f, text: self.progress.append(text))

    def _finished(self, request: Request, result: Result) -> None:
        self.threads.add(QThread.currentThread())
        self.results.append((request, result))


def ask(troubles: Catalog, name: str, picture: Image, lane: str = "a", number: int = 0, **more: object) -> Request:
    tool = troubles.find(name)
    return Request(tool, picture, tool.params(number=number), lane, **more)


def test_that_answers_come_back_on_the_windows_thread(
    qtbot, jobs: JobRunner, troubles: Catalog, picture: Image
) -> None:
    heard = Heard(jobs)
    jobs.submit(ask(troubles, "own.slow", picture, "a", 1))
    jobs.submit(ask(troubles, "own.echo", picture, "b", 2))
    qtbot.waitUntil(lambda: len(heard.results) == 2, timeout=20000)
    assert heard.threads == {QThread.currentThread()}
    assert {r.layers[-1].text.split()[0] for _, r in heard.results} == {"1", "number"}
    assert not jobs.busy


def test_that_of_many_live_requests_some_are_drawn_and_the_last_one_is_right(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
) -> None:
    heard = Heard(jobs)
    for number in range(30):
        jobs.submit(ask(troubles, "own.slow", picture, "slider", number))
        qtbot.wait(10)
    qtbot.waitUntil(lambda: not jobs.busy, timeout=10000)
    shown = [int(r.layers[0].text) for _, r in heard.results]
    assert shown[-1] == 29
    assert 2 <= len(shown) < 15
    assert shown == sorted(shown)


def test_that_a_newer_network_request_calls_the_running_one_off(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
) -> None:
    heard = Heard(jobs)
    first = jobs.submit(ask(troubles, "own.endless", picture, "net", 1))
    qtbot.waitUntil(lambda: "number 1" in heard.progress, timeout=20000)
    second = jobs.submit(ask(troubles, "own.echo", picture, "net", 2))
    qtbot.waitUntil(lambda: bool(heard.results), timeout=20000)
    assert heard.cancelled == [first]
    assert [r for r, _ in heard.results] == [second]


def test_that_a_patient_request_that_runs_is_left_to_finish(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
) -> None:
    heard = Heard(jobs)
    first = ask(troubles, "own.slow", picture, "click", 1, patient=True)
    with qtbot.waitSignal(jobs.started):
        jobs.submit(first)
    waiting = jobs.submit(ask(troubles, "own.echo", picture, "click", 2, patient=True))
    last = jobs.submit(ask(troubles, "own.echo", picture, "click", 3, patient=True))
    qtbot.waitUntil(lambda: not jobs.busy, timeout=20000)
    done = [r for r, _ in heard.results]
    assert last in done
    assert waiting in heard.cancelled or waiting in done  # it may have begun before the last one came
    assert first in done


def test_that_cancel_drops_the_answer_at_once_even_in_one_native_call(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
) -> None:
    heard = Heard(jobs)
    request = jobs.submit(ask(troubles, "own.deaf", picture))
    qtbot.waitUntil(lambda: "deep inside" in heard.progress, timeout=20000)
    jobs.cancel(request)
    assert heard.cancelled == [request]
    assert not jobs.busy
    jobs.submit(ask(troubles, "own.echo", picture, "b"))
    qtbot.waitUntil(lambda: bool(heard.results), timeout=20000)
    assert heard.failures == []


@pytest.mark.parametrize("name", ["own.bug", "own.light_bug"])
def test_that_an_exception_in_a_tool_is_a_failure_with_its_traceback(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
    name: str,
) -> None:
    heard = Heard(jobs)
    jobs.submit(ask(troubles, name, picture))
    qtbot.waitUntil(lambda: bool(heard.failures), timeout=20000)
    failure = heard.failures[0][1]
    assert "a bug of its own" in failure.sentence
    assert "Traceback" in failure.traceback
    jobs.submit(ask(troubles, "own.slow", picture))
    qtbot.waitUntil(lambda: bool(heard.results), timeout=20000)


def test_that_killing_the_networks_process_costs_a_failure_and_a_restart(
    qtbot,
    jobs: JobRunner,
    troubles: Catalog,
    picture: Image,
) -> None:
    heard = Heard(jobs)
    jobs.submit(ask(troubles, "own.endless", picture, number=5))
    qtbot.waitUntil(lambda: "number 5" in heard.progress, timeout=20000)
    assert jobs.worker_pid is not None
    os.kill(jobs.worker_pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(heard.failures), timeout=20000)
    assert "ended unexpectedly" in heard.failures[0][1].sentence
    assert heard.failures[0][1].traceback == ""
    jobs.submit(ask(troubles, "own.echo", picture))
    qtbot.waitUntil(lambda: bool(heard.results), timeout=20000)


def test_that_shutdown_in_the_middle_of_runs_is_quick_and_clean(
    qtbot, jobs: JobRunner, troubles: Catalog, picture: Image
) -> None:
    heard = Heard(jobs)
    jobs.submit(ask(troubles, "own.deaf", picture, "a"))
    jobs.submit(ask(troubles, "own.slow", picture, "b"))
    qtbot.waitUntil(lambda: "deep inside" in heard.progress, timeout=20000)
    pid = jobs.worker_pid
    jobs.shutdown()
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_that_shutdown_while_the_process_starts_does_not_wait_for_it(
    qtbot, jobs: JobRunner, troubles: Catalog, picture: Image
) -> None:
    with qtbot.waitSignal(jobs.started):
        jobs.submit(ask(troubles, "own.echo", picture))
    jobs.shutdown()
    assert jobs.worker_pid is None
    assert not any("accept" in thread.name for thread in threading.enumerate())


def test_that_a_thread_that_hears_nothing_is_left_behind_and_not_torn_down(
    qtbot, jobs: JobRunner, troubles: Catalog, picture: Image
) -> None:
    with qtbot.waitSignal(jobs.started):
        jobs.submit(ask(troubles, "own.stuck", picture))
    jobs.shutdown()
    ((thread, _),) = threads.LEFT_BEHIND
    assert thread.isRunning()
    assert thread.wait(20000)
    threads.LEFT_BEHIND.clear()

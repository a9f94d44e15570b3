"""Jobs of the viewers off the window's thread."""

import threading

import pytest
from PySide6.QtCore import QObject, QThread, Slot

from app.ui.viewers.background import WorkerThread, worker


class Listener(QObject):
    def __init__(self, source):
        super().__init__()
        self.got = []
        self.threads = []
        source.done.connect(self.take)

    @Slot(int, int, object)
    def take(self, channel, serial, result):
        self.got.append((channel, serial, result))
        self.threads.append(QThread.currentThread())


@pytest.fixture
def source(qapp):
    thread = WorkerThread(qapp, "test-worker")
    yield thread.worker
    thread.stop()
    thread.setParent(None)


def test_that_results_arrive_in_the_windows_thread_and_were_made_in_another(source, qtbot, qapp):
    listener = Listener(source)
    channel = source.channel()
    serial = source.submit(channel, lambda: iter([threading.get_ident()]))
    qtbot.waitUntil(lambda: bool(listener.got))
    assert listener.got[0][:2] == (channel, serial)
    assert listener.got[0][2] != threading.get_ident()
    assert listener.threads == [qapp.thread()]


def test_that_a_newer_job_replaces_the_waiting_one_and_stops_the_running_one(source, qtbot):
    listener = Listener(source)
    channel, other = source.channel(), source.channel()
    started, go = threading.Event(), threading.Event()

    def slow():
        yield "first"
        started.set()
        go.wait(10)
        yield "too late"

    source.submit(channel, slow)
    started.wait(10)
    source.submit(channel, lambda: iter(["replaced"]))
    source.submit(channel, lambda: iter(["newest"]))
    source.submit(other, lambda: iter(["other"]))
    go.set()
    qtbot.waitUntil(lambda: len(listener.got) >= 3)
    assert [result for _, _, result in listener.got] == ["first", "newest", "other"]


def test_that_a_cancelled_job_sends_nothing(source, qtbot):
    listener = Listener(source)
    channel, other = source.channel(), source.channel()
    go = threading.Event()

    def slow():
        go.wait(10)
        yield "cancelled"

    source.submit(channel, slow)
    source.cancel(channel)
    source.submit(other, lambda: iter(["other"]))
    go.set()
    qtbot.waitUntil(lambda: bool(listener.got))
    assert [result for _, _, result in listener.got] == ["other"]


def test_that_a_job_that_fails_is_logged_and_the_worker_goes_on(source, qtbot, caplog):
    listener = Listener(source)
    channel = source.channel()

    def broken():
        yield 1 / 0

    source.submit(channel, broken)
    qtbot.waitUntil(lambda: "a viewer job failed" in caplog.text)
    source.submit(channel, lambda: iter(["fine"]))
    qtbot.waitUntil(lambda: bool(listener.got))
    assert listener.got[0][2] == "fine"


def test_that_the_application_has_one_worker_of_a_name(qapp):
    assert worker("viewer-shapes") is worker("viewer-shapes")
    assert worker("viewer-shapes") is not worker("viewer-pyramid")

"""Fetching a model's weights: progress, resume, hash check; a half file is never used.

`requests` brings the proxy and certificate handling of the person's environment. (pooch, looked at first, cannot go on
with half a file.)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.errors import FoveaError
from app.tools.weights import Found, ModelEntry, Progress, Weights, WeightsMissing, sha256_of

TIMEOUT_S = (10, 60)
BLOCK = 1 << 18


class DownloadError(FoveaError):
    """A download did not succeed; the sentence says what is there already and what to do."""


class Stopped(Exception):
    """The person stopped the download; what has arrived is kept for resuming."""


def fetch(
    weights: Weights,
    model_id: str,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Found:
    """Download a model's file into the person's cache, continuing a part that is there.

    Raises `DownloadError` without a network, for a server's refusal, a file that is not of the listed size or hash, and
    a plain-http address without a listed hash; `WeightsMissing` for what ships with Fovea and cannot be had elsewhere;
    `Stopped` when ``stop()`` turns true.
    """
    entry, target = weights.entry(model_id), weights.fetch_target(model_id)
    if entry.shipped:
        raise WeightsMissing(entry)
    _check_address(entry)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        _download(entry, part, progress, stop)
    except OSError as error:  # requests' own errors are OSErrors too
        raise DownloadError(
            f"{entry.file} could not be downloaded from {urlsplit(entry.url).hostname}: {_plain(error)}. Without a "
            f"network, get the file elsewhere and import it: `models import FILE --as {entry.id}`. Fovea's own "
            f"network, the classical click-to-segment engine and every tool without a network work offline."
        ) from error
    digest = sha256_of(part)
    if (entry.sha256 and digest != entry.sha256) or (entry.bytes and part.stat().st_size != entry.bytes):
        part.unlink()
        raise DownloadError(
            f"What {urlsplit(entry.url).hostname} sent is not the {entry.file} that is listed (its size or hash "
            f"differs); it was deleted. Try again later, or import the file from elsewhere."
        )
    part.replace(target)
    return weights.fetched(model_id, digest)


def _check_address(entry: ModelEntry) -> None:
    address = urlsplit(entry.url)
    local = address.hostname in ("127.0.0.1", "localhost", "::1")
    if address.scheme != "https" and not local and entry.sha256 is None:
        raise DownloadError(f"{entry.file} is not fetched over plain http without a published hash to check it by.")


def _download(entry: ModelEntry, part: Path, progress: Progress | None, stop: Callable[[], bool]) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(entry.url, headers=headers, stream=True, timeout=TIMEOUT_S) as answer:
        if answer.status_code == 416:  # nothing left to send: the part is whole
            return
        answer.raise_for_status()
        resumed = answer.status_code == 206
        done = have if resumed else 0
        total = _total(answer, done) or entry.bytes
        with part.open("ab" if resumed else "wb") as file:
            for block in answer.iter_content(BLOCK):
                if stop():
                    raise Stopped
                file.write(block)
                done += len(block)
                if progress:
                    progress(done, total)
        if total is not None and done < total:
            raise OSError(f"the connection ended after {done} of {total} bytes; try again to go on from there")


def _total(answer: Any, done: int) -> int | None:
    length = answer.headers.get("Content-Length")
    return done + int(length) if length and length.isdigit() else None


def _plain(error: OSError) -> str:
    """The innermost reason of an error, without the wrapping that libraries put around it."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    text = str(inner).strip() or type(inner).__name__
    return text.splitlines()[0].rstrip(".")

"""Carries a full rebuild out: worker processes that share the owners, and a bar that shows how far it is."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar
from uuid import UUID

import click
from rich.console import Console
from sqlalchemy import Engine

from portalctl.progress import progress_bar
from portalctl.wording import counted
from services.portal_read.projection import PORTAL
from shared.config import Config
from shared.database.engine import connect
from shared.projections import rebuild
from shared.projections.projection import Projection
from shared.projections.rebuild import Progress, Share
from shared.projections.versions import NotBuilt, Refused

Command = TypeVar("Command", bound=Callable[..., Any])
Finish = Callable[[Engine, Projection, UUID], None]
WORKERS = 2
POLL_S = 0.2
POOL_SIZE = 2


_workers = click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 64))
_rate = click.option(
    "--rate", default=0.0, type=click.FloatRange(min=0), help="At most so many events a second."
)


anew = click.option("--anew", is_flag=True, help="Leave nothing of an earlier, unfinished run.")


def paced(command: Command) -> Command:
    """The options of a command that folds everybody's history."""
    return _workers(_rate(command))


class Interrupted(Exception):
    """The rebuild was stopped; what is done is kept, and the next run goes on from there."""


def carry_out(
    config: Config,
    *,
    workers: int,
    rate: float,
    console: Console,
    finish: Finish = rebuild.finish,
    parking: bool = False,
    anew: bool = False,
) -> tuple[UUID, float]:
    """Begin a rebuild, or go on with one that was not finished, and say so; its id and the seconds it took.

    Raises AlreadyRunning, Interrupted, and whatever `finish` does.
    """
    engine = _connect(config, "rebuild")
    started = time.monotonic()
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.enter_context(rebuild.alone(engine, PORTAL.schema))
        rebuild_id = rebuild.begin(engine, PORTAL, anew=anew)
        _say_what_is_done(rebuild.progress(engine, PORTAL, rebuild_id))
        shares = [Share(number, workers, rate) for number in range(workers)]
        processes = [_start(config, rebuild_id, share, parking) for share in shares]
        stack.callback(_stop, processes)
        with progress_bar(console) as bar:
            task = bar.add_task("rebuilding", total=None, rate="")
            while any(process.is_alive() for process in processes):
                time.sleep(POLL_S)
                seen = rebuild.progress(engine, PORTAL, rebuild_id)
                speed = f"{seen.events / (time.monotonic() - started):,.0f} events/s"
                bar.update(task, completed=seen.done + seen.failed, total=seen.owners, rate=speed)
        if any(process.exitcode for process in processes):
            raise Interrupted
        finish(engine, PORTAL, rebuild_id)
    return rebuild_id, time.monotonic() - started


@contextmanager
def clear_ends() -> Iterator[None]:
    """Turn what can keep a rebuild from its end into one line and exit code 1."""
    try:
        yield
    except (rebuild.AlreadyRunning, Refused) as error:
        raise click.ClickException(str(error)) from None
    except NotBuilt as error:
        raise click.ClickException(
            f"{error} What is served stays. Mend the folds and build with --anew or, to have these companies"
            " served as they were before that event, build with --park."
        ) from None
    except (Interrupted, KeyboardInterrupt):
        raise click.ClickException(
            "Stopped. What is done is kept; run the same command again to go on from there."
        ) from None


def _say_what_is_done(seen: Progress) -> None:
    if seen.done:
        since = seen.since.astimezone(UTC)
        click.echo(
            f"Going on with a run of {since:%Y-%m-%d %H:%M} UTC, which has done {seen.done} of"
            f" {counted(seen.owners, 'owner')}; if a fold was changed since then, use --anew.",
            err=True,
        )


def _connect(config: Config, name: str) -> Engine:
    return connect(config.database_url, name=name, pool_size=POOL_SIZE, keys=config.keys)


def _start(config: Config, rebuild_id: UUID, share: Share, parking: bool) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(
        target=_work, args=(config, rebuild_id, share, parking), daemon=True
    )
    # Ctrl-C reaches the whole group; the main process alone says what is to be done about it. A new process
    # inherits that, so that it holds from its first line on.
    heeded = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, heeded)
    return process


def _work(config: Config, rebuild_id: UUID, share: Share, parking: bool) -> None:
    """A worker: finishes the owner at hand when it is asked to stop."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    engine = _connect(config, "rebuild worker")
    rebuild.work(engine, PORTAL, rebuild_id, share, stopping.is_set, parking=parking)
    engine.dispose()
    if stopping.is_set():
        raise SystemExit(1)


def _stop(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        if process.is_alive():
            process.terminate()
    for process in processes:
        process.join()

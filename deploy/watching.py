"""Gives each process a port for its metrics, and tells Prometheus which."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from deploy.servers.ports import LOOPBACK, free_port, is_free
from deploy.stack import Program

TARGETS = "metrics-targets.json"


def watched(folder: Path, programs: Iterable[Program], *, running: bool) -> list[Program]:
    """The programs with a port each on the loopback interface, the one of last time where it is free.

    The ports stand in the folder's `metrics-targets.json`, as Prometheus' `file_sd_configs` wants them.
    """
    path = folder / TARGETS
    kept = _kept(path)
    taken: set[int] = set()
    found = []
    for program in programs:
        port = kept.get(program.name)
        while port is None or port in taken or not (running or is_free(port)):
            port = free_port()
        taken.add(port)
        found.append(replace(program, metrics_port=port))
    path.write_text(json.dumps([_target(program) for program in found], indent=2) + "\n")
    return found


def _kept(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    return {
        target["labels"]["process"]: int(target["targets"][0].rpartition(":")[2])
        for target in json.loads(path.read_text())
    }


def _target(program: Program) -> dict[str, object]:
    return {"targets": [f"{LOOPBACK}:{program.metrics_port}"], "labels": {"process": program.name}}

"""Runs the benchmarks, all or those named: `python -m benchmarks append lag`."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
RESULTS = HERE / "results"
NAMES = ("append", "command", "rpc", "relay", "search", "sign_in", "rebuild", "workers", "lag", "load")

Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="name", help=", ".join(NAMES))
    wanted = parser.parse_args().names or [name for name in NAMES if (HERE / f"{name}.py").exists()]
    console = Console()
    for name in wanted:
        with console.status(f"measuring {name} …"):
            rows = importlib.import_module(f"benchmarks.{name}").run()
        console.print(_table(name, rows))
        console.print(f"written to {_write(name, rows)}")


def _table(name: str, rows: list[Row]) -> Table:
    table = Table("what", "value", "unit", "beside", "ratio", title=name)
    for column in (1, 4):
        table.columns[column].justify = "right"
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if row["ratio"] is not None else ""
        table.add_row(row["name"], f"{row['value']:,.1f}", row["unit"], row["peer"] or "", ratio)
    return table


def _write(name: str, rows: list[Row]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    return path.relative_to(HERE.parent)


if __name__ == "__main__":
    main()

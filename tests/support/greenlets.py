"""Runs tests in a process whose threads are greenlets: `python -m tests.support.greenlets tests/…`."""

import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402

import pytest  # noqa: E402

if __name__ == "__main__":
    code = pytest.main([*sys.argv[1:], "-p", "no:cacheprovider"])
    sys.stdout.flush()
    # Threads of libraries may still wait for something; nothing is left to be done for them.
    os._exit(code)

"""Asks the process of this container whether it lives or, with the argument `readyz`, whether it can work."""

import os
import sys
import urllib.error
import urllib.request

from shared.config import metrics_port

TIMEOUT_S = 5
HOST = "127.0.0.1"


def main(check: str = "healthz") -> int:
    """0 if all is well; 1, with what is wrong, if it is not."""
    url = f"http://{HOST}:{metrics_port(os.environ)}/{check}"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S):
            return 0
    except urllib.error.HTTPError as error:
        problem = error.read().decode(errors="replace")
    except OSError as error:
        problem = str(error)
    print(problem, file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

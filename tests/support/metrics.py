"""Reads what a process shows to those who watch it."""

import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families


def look(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page; (0, reason) where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def value(text: str, name: str, **labels: str) -> float:
    """The sum of all samples of a name with these labels; raises LookupError where there is none."""
    found = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and sample.labels | labels == sample.labels
    ]
    if not found:
        raise LookupError(name)
    return sum(found)

"""A bar for long work: how much of it is done, how quickly it goes, and how long it will still take."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def progress_bar(console: Console) -> Progress:
    """Its tasks have a field `rate`, the text that tells how quickly it goes."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), console=console)

"""What is measured still runs: benchmarks are run seldom, and what they call changes often."""

from collections.abc import Callable

import pytest

from benchmarks import append, rebuild, rebuilder
from benchmarks.crew import Contender

EVENTS = 60


@pytest.mark.parametrize("contender", append.CONTENDERS, ids=lambda contender: contender.name)
def test_each_contender_appends_a_stream_and_changes_it(contender: type[Contender], empty_url: str):
    append.Portal.set_up(empty_url)
    if contender is not append.Portal:
        contender.set_up(empty_url)
    doing = contender(empty_url, 1)
    doing.change(0, doing.create(0))


@pytest.mark.parametrize("contender", rebuilder.CONTENDERS.values(), ids=rebuilder.CONTENDERS)
def test_each_contender_folds_the_whole_log(contender: Callable[[str], int], empty_url: str):
    rebuild.prepare(empty_url, companies=2, events=EVENTS)
    assert contender(empty_url) == EVENTS

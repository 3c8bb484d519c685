"""What docs/security.md names as proof is there."""

import re

from tests.support.stack import ROOT

PROOF = re.compile(r"`(tests/[\w/]+\.py)`((?: [a-z_0-9]+,?)*)")


def test_every_test_that_the_page_names_exists():
    named = PROOF.findall((ROOT / "docs" / "security.md").read_text())
    assert len(named) > 50
    for file, tests in named:
        code = (ROOT / file).read_text()
        for test in re.findall(r"[a-z_0-9]+", tests):
            assert "_" not in test or f"def test_{test}(" in code, f"{file} has no {test}"

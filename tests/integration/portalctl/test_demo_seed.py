"""The sample data comes with a list of sign-ins that people can read and copy from."""

import pytest
from click.testing import CliRunner

from portalctl.main import cli
from portalctl.sample_data import COMPANIES, PASSWORD
from tests.support.stack import Stack


@pytest.mark.long
def test_at_80_columns_every_sign_in_stands_whole_on_its_line(portal: Stack) -> None:
    for _ in range(2):
        settings = portal.environment | {"COLUMNS": "80"}
        result = CliRunner().invoke(cli, ["demo", "seed"], env=settings, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert PASSWORD in result.stdout
        addresses = [word for line in lines for word in line.split() if word.endswith("@example.com")]
        assert len(addresses) == 1 + len(COMPANIES)
    # In the second run the addresses have a suffix, which makes them longer.
    assert addresses[0] != "disposition@example.com"

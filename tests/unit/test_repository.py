"""Nothing secret is committed: no key of any known form, and no file that setting up writes one to."""

import subprocess

import pytest

from tests.support.stack import ROOT

FORMS = {
    "a private key": "-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a key of AWS": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50})",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20}",
    "a token of Slack": r"\bxox[abpros]-[A-Za-z0-9-]{10}",
    "a key of Stripe": r"\b[sr]k_live_[A-Za-z0-9]{20}",
    "a token of PyPI": r"\bpypi-[A-Za-z0-9_-]{50}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}",
}
WRITTEN_BY_SETTING_UP = (
    ".run/env",
    ".run/keys/sessions-1.key",
    ".demo/keys/personal-1.key",
    "deploy/containers/.env",
    "deploy/containers/secrets/database_url",
)
pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="what is committed, only a clone knows")


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Who runs the tests need not be who has cloned.
    command = ["git", "-c", f"safe.directory={ROOT}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("form", FORMS)
def test_no_file_holds(form: str):
    found = git("grep", "--line-number", "--extended-regexp", "-e", FORMS[form])
    assert (found.returncode, found.stdout) == (1, ""), f"{form}; {found.stderr}"


@pytest.mark.parametrize("path", WRITTEN_BY_SETTING_UP)
def test_what_setting_up_writes_secrets_to_is_not_committed(path: str):
    assert git("check-ignore", "--quiet", path).returncode == 0


def test_no_file_is_named_like_a_key():
    named = git("ls-files", "*.key", "*.pem", "*.p12", "*.env", ".env*", "**/.env*")
    assert (named.returncode, named.stdout) == (0, "")

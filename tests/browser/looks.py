"""What every page must be: named, no wider than its screen, and usable by everyone, as axe judges."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page, ViewportSize

from deploy.assets.vendor import MODULES
from services.gateway.languages import SOURCE
from tests.browser.visitor import DESK, PHONE

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
# WCAG 2.2 at level AA, with all that came before it.
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
_AXE = """async rules => {
    const { violations } = await axe.run(document, { runOnly: rules, resultTypes: ["violations"] });
    const said = (rule, { target, failureSummary }) => `${rule} at ${target}: ${failureSummary}`;
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => said(id, node)));
}"""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def must_look_right(page: Page, name: str, *, language: str) -> None:
    """On a phone and on a desk; pictures are kept under a name.

    What differs in another language is how long texts are, so that axe judges both screens in German only.
    """
    _bring_axe(page)
    assert page.get_by_role("heading", level=1).count() == 1, "a page has one main heading"
    assert page.title().strip(" –"), "a page has a title"
    assert page.locator("html").get_attribute("lang") == language
    for screen, size in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"]))
        wider = page.evaluate(_WIDER)
        assert wider <= 0, f"{wider} pixels wider than the screen of a {screen}"
        if language != SOURCE and size != PHONE:
            continue
        _keep(page, SCREENSHOTS / language / f"{name}-{screen}.png")
        violations = page.evaluate(_AXE, _RULES)
        assert violations == [], f"on a {screen}:\n" + "\n".join(violations)


def _bring_axe(page: Page) -> None:
    """Past the policy that keeps others from doing so."""
    page.evaluate(_axe())


@cache
def _axe() -> str:
    return (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def _keep(page: Page, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file, full_page=True)

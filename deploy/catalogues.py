"""`python -m deploy.catalogues`: bring the pages' catalogues up to date with the code; `--check` only looks.

Texts that are new come in without a translation; those that are gone leave.
"""

import argparse
import sys
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
GATEWAY = ROOT / "services" / "gateway"
CATALOGUES = GATEWAY / "translations"
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "translatable": None}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.catalogues", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")
    check = parser.parse_args(arguments).check
    texts = texts_in_code()
    faults = []
    for file in sorted(CATALOGUES.glob("*.po")):
        catalogue = updated(file, texts)
        new = _written(catalogue)
        if not check:
            file.write_bytes(new)
        elif new != file.read_bytes():
            faults.append(
                f"{file.name} is out of date: run python -m deploy.catalogues, and translate what is new"
            )
        faults += [f"{file.name}: {fault}" for fault in faults_of(catalogue)]
    print(*faults, sep="\n", end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


def texts_in_code() -> Catalog:
    """Every text of the gateway that is marked for translation."""
    found = Catalog(charset="utf-8")
    extracted = extract_from_dir(GATEWAY, METHODS, OPTIONS, keywords=KEYWORDS)
    for name, _line, message, _comments, context in extracted:
        found.add(message, locations=[(name, 0)], context=context)
    return found


def updated(file: Path, texts: Catalog) -> Catalog:
    """A catalogue with exactly these texts, and the translations that it had."""
    with file.open("rb") as source:
        catalogue = read_po(source, locale=file.stem)
    catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def faults_of(catalogue: Catalog) -> list[str]:
    """What is not translated, or has other placeholders than the text."""
    faults = []
    for message in catalogue:
        if not message.id:
            continue
        translations = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(translations) or message.fuzzy:
            faults.append(f"not translated: {_first(message.id)}")
        faults += [f"{error} in: {_first(message.id)}" for error in message.check(catalogue)]
    return faults


def _written(catalogue: Catalog) -> bytes:
    target = BytesIO()
    write_po(target, catalogue, width=110, sort_output=True, no_location=True, omit_header=True)
    return target.getvalue()


def _first(id_: str | tuple[str, ...] | list[str]) -> str:
    return id_ if isinstance(id_, str) else id_[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

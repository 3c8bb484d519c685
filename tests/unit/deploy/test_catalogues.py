"""Catalogues that are out of date are found."""

from babel.messages import Catalog

from deploy.catalogues import faults_of, texts_in_code


def test_texts_of_pages_and_of_code_are_found() -> None:
    texts = texts_in_code()
    for text in ("Neue Anfrage", "Sie sind abgemeldet.", "Zurückgezogen"):
        assert text in texts


def test_what_is_not_translated_or_has_other_places_for_values_is_named() -> None:
    catalogue = Catalog(locale="en")
    catalogue.add("Anfrage", string="Request")
    catalogue.add("Termin")
    catalogue.add(("%(num)s Tag", "%(num)s Tage"), string=("%(num)s day", ""), flags=["python-format"])
    catalogue.add("Stand %(time)s", string="As of %(date)s", flags=["python-format"])
    faults = " ".join(faults_of(catalogue))
    assert "Anfrage" not in faults
    for text in ("Termin", "%(num)s Tag", "Stand %(time)s"):
        assert text in faults

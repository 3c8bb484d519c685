"""The sample data: what a customer of the sample provider finds."""

import re
import zlib
from typing import Any

import pytest

from portalctl.sample_data import COMPANIES
from portalctl.seed import Seed
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def sign_ins(portal: Stack) -> list[dict[str, str]]:
    return Seed(portal.client, portal.files, operator=portal.operator, service=portal.service).run()


def documents_of(portal: Stack, sign_in: dict[str, str]) -> tuple[str, list[dict[str, Any]]]:
    credentials = {"email": sign_in["email"], "password": sign_in["password"]}
    token = portal.call("invitation.sign_in", **credentials)["access_token"]
    return token, portal.call("documents.documents", token)["items"]


def text_of(pdf: bytes) -> str:
    """What is written on the pages of a PDF by fpdf2, whose core fonts hold Latin-1."""
    pages = re.findall(rb"FlateDecode.*?stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return b"".join(zlib.decompress(page) for page in pages).decode("latin-1")


def test_every_customer_has_two_offers_and_an_invoice(portal: Stack, sign_ins):
    states: set[tuple[str, str]] = set()
    for sign_in in sign_ins[1:]:
        _, documents = documents_of(portal, sign_in)
        kinds = [each["kind"] for each in documents]
        assert (kinds.count("offer"), kinds.count("invoice")) == (2, 1)
        states |= {(each["kind"], each["status"]) for each in documents}
    assert states == {
        *(("offer", state) for state in ("open", "accepted", "declined")),
        ("invoice", "published"),
        ("service_report", "published"),
    }


def test_the_papers_say_what_the_documents_do(portal: Stack, sign_ins):
    for company, sign_in in zip(COMPANIES, sign_ins[1:], strict=True):
        token, documents = documents_of(portal, sign_in)
        for document in documents:
            file = portal.call("documents.file", token, document_id=document["document_id"])
            text = text_of(b"".join(portal.files.chunks(file["location"])))
            assert company.name in text
            assert document["number"] in text
            if document["total"]:
                euros, cents = document["total"]["amount"].split(".")
                assert f"{int(euros):,}".replace(",", ".") + f",{cents}\xa0EUR" in text


def test_every_order_that_was_done_has_its_report(portal: Stack, sign_ins):
    staff, documents = documents_of(portal, sign_ins[0])
    done = portal.call("orders.orders", staff, status="completed")["items"]
    reported = {each["order_id"] for each in documents if each["kind"] == "service_report"}
    assert reported == {each["order_id"] for each in done} != set()

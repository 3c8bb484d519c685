"""A provider with very many companies and their contacts, made up by a seed and loaded by COPY."""

import random
from collections.abc import Iterator
from uuid import UUID

import psycopg

from services.customers.domain import Company, Contact
from services.customers.lists import search_words_of
from services.customers.words import sort_key
from shared.contracts.values import Language

SEED = 20_261_124
PROVIDER = UUID(int=1)
TRADES = (
    *(
        "Bäckerei",
        "Metzgerei",
        "Gasthof",
        "Zahnarztpraxis",
        "Schreinerei",
        "Autohaus",
        "Gärtnerei",
        "Apotheke",
    ),
    *(
        "Hausverwaltung",
        "Brauerei",
        "Druckerei",
        "Möbelhaus",
        "Elektro",
        "Spedition",
        "Grundschule",
        "Weingut",
    ),
    *("Kindergarten", "Ingenieurbüro", "Kanzlei", "Käserei"),
)
STEMS = (
    *("Müll", "Schmid", "Schneid", "Huber", "Maier", "Wagn", "Beck", "Hoff", "Öztürk", "Groß", "Weiß", "Bau"),
    *("Kais", "Jäg", "Köhl", "Lang", "Vog", "Zimmer"),
)
ENDINGS = ("", "er", "mann", "inger", "l", "bauer", "hofer", "meister", "lein", "ow", "sen", "eder")
FORMS = ("GmbH", "GmbH", "GmbH", "GmbH & Co. KG", "KG", "OHG", "e. K.", "GbR", "AG", "")
FIRST_NAMES = (
    *("Jörg", "Zoë", "Anna", "Bernd", "Clara", "Dieter", "Eva", "Franz", "Grit", "Hüseyin", "Ines", "Jürgen"),
    *("Käthe", "Lutz", "Mia", "Noë", "René"),
)
DOMAINS = ("example.com", "example.org", "post.example.de", "mail.example.net")
TOWNS = tuple(
    start + end for start in ("Ober", "Unter", "Neu", "Alt", "Bad ") for end in ("dorf", "stadt", "bach")
)


def companies(count: int) -> Iterator[Company]:
    """The same companies each time."""
    chance = random.Random(SEED)
    for number in range(1, count + 1):
        family = _family(chance)
        name = " ".join(
            filter(None, [_trade(chance), family, chance.choice(["", *TOWNS]), chance.choice(FORMS)])
        )
        people = [
            _contact(chance, chance.choice([family, _family(chance)]))
            for _ in range(chance.choice([1, 1, 2, 3]))
        ]
        yield Company(
            UUID(int=chance.getrandbits(128)), name, f"K-{number}", {each.id: each for each in people}
        )


def load(url: str, count: int) -> None:
    """Fill the tables of `customers` as the commands would."""
    with psycopg.connect(url) as connection:
        rows = list(companies(count))
        _copy(
            connection,
            "companies (company_id, provider_id, name, number, sort_key)",
            ((row.id, PROVIDER, row.name, row.number, sort_key(row.name)) for row in rows),
        )
        _copy(
            connection,
            "contacts (contact_id, company_id)",
            ((contact_id, row.id) for row in rows for contact_id in row.contacts),
        )
        _copy(
            connection,
            "search_words (company_id, word, provider_id, sort_key)",
            (
                (row.id, word, PROVIDER, sort_key(row.name))
                for row in rows
                for word in sorted(search_words_of(row))
            ),
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection, table: str, rows: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor().copy(f"COPY customers.{table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _trade(chance: random.Random) -> str:
    return chance.choice(["", *TRADES])


def _family(chance: random.Random) -> str:
    return chance.choice(STEMS) + chance.choice(ENDINGS)


def _contact(chance: random.Random, family: str) -> Contact:
    first = chance.choice(FIRST_NAMES)
    email = f"{first}.{family}{chance.randrange(1000)}@{chance.choice(DOMAINS)}".lower()
    return Contact(UUID(int=chance.getrandbits(128)), first, family, email, None, True, Language.GERMAN)

"""Ways to append the same two events: the portal's log, pyeventsourcing, and plain inserts."""

from typing import Any
from uuid import UUID

import orjson
import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from benchmarks.pyes_projection import in_postgresql
from shared.contracts.declare import Event
from shared.contracts.requests import RequestAccepted, RequestSubmitted
from shared.contracts.stream import StreamType
from shared.database.engine import connect
from shared.database.migrate import upgrade
from shared.eventlog.doorbell import Doorbell
from shared.eventlog.log import Origin
from shared.eventlog.scope import Scope
from shared.eventlog.unit import Unit, unit_of_work

NUMBER = "A-2025-0017"
TITLE = "Heizung im Erdgeschoss wird nicht warm"
DESCRIPTION = (
    "Seit gestern Abend bleiben alle Heizkörper im Erdgeschoss kalt, im Obergeschoss ist alles in Ordnung. "
    "Der Kessel zeigt den Fehler F28. Bitte vor 17 Uhr anrufen, der Hausmeister hat die Schlüssel."
)
NOTE = "Wir kommen am Dienstag zwischen 8 und 10 Uhr."
CONTACT, SITE, COMPANY = (UUID(int=number) for number in (101, 102, 103))
ACTOR = {"kind": "customer", "contact_id": str(CONTACT), "name": "Maria Huber"}


def _evolve(state: RequestSubmitted | None, event: Event) -> RequestSubmitted | None:
    return event if isinstance(event, RequestSubmitted) else state


def _submit(request_id: UUID) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=request_id,
        number=NUMBER,
        contact_id=CONTACT,
        site_id=SITE,
        title=TITLE,
        description=DESCRIPTION,
    )


def _accept(request: RequestSubmitted) -> RequestAccepted:
    return RequestAccepted(
        request_id=request.request_id,
        contact_id=request.contact_id,
        site_id=request.site_id,
        title=request.title,
        description=request.description,
        note=NOTE,
    )


class Portal:
    """A unit of work and the doorbell, as a command handler uses them; each client is another provider."""

    name = "portal"
    request = StreamType("request", _evolve)

    def __init__(self, url: str, sessions: int) -> None:
        self._engine = connect(url, name="benchmark", pool_size=sessions + 1)
        self._doorbell = Doorbell(self._engine)

    @staticmethod
    def set_up(url: str) -> None:
        engine = connect(url, name="benchmark")
        upgrade(engine)
        engine.dispose()

    def provider_id(self, client: int) -> UUID:
        return UUID(int=client)

    def create(self, client: int) -> UUID:
        provider_id, request_id = self.provider_id(client), uuid7()
        with unit_of_work(self._engine, Scope(provider_id, COMPANY)) as unit:
            request = unit.new(self.request, request_id, provider_id=provider_id, company_id=COMPANY)
            request.create(_submit, request_id=request_id)
            self._commit(unit)
        return request_id

    def change(self, client: int, stream_id: UUID) -> None:
        with unit_of_work(self._engine, Scope(self.provider_id(client), COMPANY)) as unit:
            unit.stream(self.request, stream_id).decide(_accept)
            self._commit(unit)

    def _commit(self, unit: Unit) -> None:
        position = unit.commit(Origin(uuid7(), uuid7(), ACTOR))
        assert position is not None
        self._doorbell.ring(position.partition)


class PortalOfOneProvider(Portal):
    """The same with all clients in one partition, where they wait for each other."""

    name = "portal, one provider"

    def provider_id(self, _client: int) -> UUID:
        return UUID(int=0)


class Request(Aggregate):
    """The same request as a pyeventsourcing aggregate."""

    @event("Submitted")
    def __init__(self, number: str, contact_id: UUID, site_id: UUID, title: str, description: str) -> None:
        self.number, self.contact_id, self.site_id = number, contact_id, site_id
        self.title, self.description = title, description
        self.note: str | None = None

    @event("Accepted")
    def accept(self, contact_id: UUID, site_id: UUID, title: str, description: str, note: str | None) -> None:
        self.contact_id, self.site_id = contact_id, site_id
        self.title, self.description = title, description
        self.note = note


class PyEventsourcing:
    """An application with PostgreSQL as its documentation sets it up."""

    name = "pyeventsourcing"
    functions = "no"

    def __init__(self, url: str, sessions: int) -> None:
        environment = self._environment(url, sessions) | {"CREATE_TABLE": "no"}
        self._application: Application[UUID] = Application(env=environment)

    @classmethod
    def set_up(cls, url: str) -> None:
        Application(env=cls._environment(url, 1)).close()

    @classmethod
    def _environment(cls, url: str, sessions: int) -> dict[str, str]:
        return in_postgresql(url) | {
            "APPLICATION_NAME": cls.__name__,
            "POSTGRES_POOL_SIZE": str(sessions),
            "POSTGRES_ENABLE_DB_FUNCTIONS": cls.functions,
        }

    def create(self, _client: int) -> UUID:
        request = Request(NUMBER, CONTACT, SITE, TITLE, DESCRIPTION)
        self._application.save(request)
        return request.id

    def change(self, _client: int, stream_id: UUID) -> None:
        request: Request = self._application.repository.get(stream_id)
        request.accept(request.contact_id, request.site_id, request.title, request.description, NOTE)
        self._application.save(request)


class PyEventsourcingFunctions(PyEventsourcing):
    """The same with its option to insert through a function in the database."""

    name = "pyeventsourcing, db functions"
    functions = "yes"


class Inserts:
    """psycopg and a plain table with the log's columns and indexes: no counter, no checks, no retries."""

    name = "plain inserts"

    def __init__(self, url: str, sessions: int) -> None:
        self._sessions = [psycopg.connect(url, autocommit=True) for _ in range(sessions)]

    @staticmethod
    def set_up(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE plain (LIKE eventlog.events INCLUDING ALL)")
            connection.execute("ALTER TABLE plain DROP COLUMN previous_hash, DROP COLUMN hash")
            connection.execute("CREATE SEQUENCE plain_position CACHE 100 OWNED BY plain.position")

    def create(self, client: int) -> UUID:
        request_id = uuid7()
        payload = {
            "request_id": request_id,
            "number": NUMBER,
            "contact_id": CONTACT,
            "site_id": SITE,
            "title": TITLE,
            "description": DESCRIPTION,
            "equipment_id": None,
            "attachment_ids": [],
        }
        self._insert(client, request_id, 1, "request_submitted", payload)
        return request_id

    def change(self, client: int, stream_id: UUID) -> None:
        session = self._sessions[client % len(self._sessions)]
        rows = session.execute(
            "SELECT * FROM plain WHERE stream_id = %s AND stream_type = 'request' ORDER BY version",
            [stream_id],
        ).fetchall()
        self._insert(client, stream_id, len(rows) + 1, "request_accepted", rows[0][10] | {"note": NOTE})

    def _insert(
        self, client: int, stream_id: UUID, version: int, type_: str, payload: dict[str, Any]
    ) -> None:
        self._sessions[client % len(self._sessions)].execute(
            """
            INSERT INTO plain (
                   partition, position, event_id, stream_type, stream_id, version, type, schema_version,
                   provider_id, company_id, payload, correlation_id, causation_id, actor, command_id,
                   recorded_at)
            VALUES (%s, nextval('plain_position'), %s, 'request', %s, %s, %s, 1,
                   %s, %s, %s, %s, %s, %s, NULL, clock_timestamp())
            """,
            [
                client % 8,
                uuid7(),
                stream_id,
                version,
                type_,
                UUID(int=client),
                COMPANY,
                Jsonb(payload, dumps=orjson.dumps),
                uuid7(),
                uuid7(),
                Jsonb(ACTOR, dumps=orjson.dumps),
            ],
        )

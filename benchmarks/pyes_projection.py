"""The same kind of read model by pyeventsourcing: an application, and a projection that its runner feeds."""

import time
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import make_url

PROJECTED = 5_000
_EVENTS_A_REQUEST = 5
TITLE, TEXT = "Heizung wird nicht warm", "Seit gestern Abend bleiben alle Heizkörper im Erdgeschoss kalt."


class Request(Aggregate):
    @event("Submitted")
    def __init__(self, title: str, description: str) -> None:
        self.title, self.description, self.status = title, description, "submitted"

    @event("Moved")
    def move(self, status: str) -> None:
        self.status = status


class Rows(PostgresTrackingRecorder):
    """A table of requests, each event's effect and the tracking in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        self._table = Identifier(self.datastore.schema), Identifier("projected_requests")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0}.{1}"
                " (id uuid PRIMARY KEY, title text, description text, status text)"
            ).format(*self._table)
        )

    def submitted(self, tracking: Tracking, request_id: Any, title: str, description: str) -> None:
        insert = SQL("INSERT INTO {0}.{1} VALUES (%s, %s, %s, 'submitted')").format(*self._table)
        self._write(tracking, insert, [request_id, title, description])

    def moved(self, tracking: Tracking, request_id: Any, status: str) -> None:
        update = SQL("UPDATE {0}.{1} SET status = %s WHERE id = %s").format(*self._table)
        self._write(tracking, update, [status, request_id])

    def _write(self, tracking: Tracking, statement: Any, values: list[Any]) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(statement, values)


class RequestsProjection(Projection[Rows]):
    name = "requests"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        if isinstance(domain_event, Request.Submitted):  # type: ignore[attr-defined]
            self.view.submitted(
                tracking, domain_event.originator_id, domain_event.title, domain_event.description
            )
        else:
            self.view.moved(tracking, domain_event.originator_id, domain_event.status)


def project(url: str) -> float:
    """Events a second that its runner projects, from the first to the last."""
    environment = in_postgresql(url)
    application: Application[Any] = Application(env=environment)
    for _ in range(PROJECTED // _EVENTS_A_REQUEST):
        request = Request(TITLE, TEXT)
        for status in ("accepted", "scheduled", "moved", "done"):
            request.move(status)
        last = application.save(request)[-1].notification.id
    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Application, projection_class=RequestsProjection, view_class=Rows, env=environment
    ) as runner:
        runner.wait(last, timeout=120)
        seconds = time.perf_counter() - started
    application.close()
    return PROJECTED / seconds


def in_postgresql(url: str) -> dict[str, str]:
    """The settings of an application that keeps its events there."""
    place = make_url(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_HOST": str(place.host),
        "POSTGRES_PORT": str(place.port),
        "POSTGRES_USER": str(place.username),
        "POSTGRES_PASSWORD": str(place.password),
        "POSTGRES_DBNAME": str(place.database),
    }

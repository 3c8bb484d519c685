"""The log: partitions with their counters, events, commands, and the relay's published positions."""

import os

from alembic import op

from shared.number_settings import count

revision = "eventlog_001"
down_revision = None
branch_labels = ("eventlog",)
depends_on = None

DEFAULT_PARTITIONS = 8


def upgrade() -> None:
    partitions = count(os.environ, "PORTAL_PARTITIONS", DEFAULT_PARTITIONS, least=1, most=1_000)
    op.execute("CREATE SCHEMA eventlog")
    op.execute(
        """
        CREATE TABLE eventlog.partitions (
            partition smallint PRIMARY KEY,
            head      bigint   NOT NULL DEFAULT 0
        ) WITH (fillfactor = 10)
        """
    )
    op.execute(f"INSERT INTO eventlog.partitions SELECT generate_series(0, {partitions - 1})")
    op.execute(
        """
        CREATE TABLE eventlog.events (
            partition      smallint    NOT NULL,
            position       bigint      NOT NULL,
            event_id       uuid        NOT NULL,
            stream_type    text        NOT NULL,
            stream_id      uuid        NOT NULL,
            version        integer     NOT NULL CHECK (version > 0),
            type           text        NOT NULL,
            schema_version smallint    NOT NULL,
            provider_id    uuid        NOT NULL,
            company_id     uuid,
            payload        jsonb       NOT NULL,
            correlation_id uuid        NOT NULL,
            causation_id   uuid        NOT NULL,
            actor          jsonb       NOT NULL,
            command_id     text,
            recorded_at    timestamptz NOT NULL,
            CONSTRAINT events_position PRIMARY KEY (partition, position),
            CONSTRAINT events_stream_version UNIQUE (stream_id, version)
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX events_id ON eventlog.events (event_id)")
    op.execute(
        """
        CREATE INDEX events_company ON eventlog.events (company_id, position)
        WHERE company_id IS NOT NULL
        """
    )
    op.execute(
        """
        CREATE FUNCTION eventlog.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the event log is append-only: % is refused', TG_OP
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON eventlog.events
            FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse_change()
        """
    )
    op.execute(
        """
        CREATE TABLE eventlog.commands (
            scope       text        NOT NULL,
            command_id  text        NOT NULL,
            digest      bytea       NOT NULL,
            result      jsonb,
            recorded_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (scope, command_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE eventlog.relay (
            partition  smallint    PRIMARY KEY REFERENCES eventlog.partitions,
            position   bigint      NOT NULL DEFAULT 0,
            owner      text,
            fence      bigint      NOT NULL DEFAULT 0,
            expires_at timestamptz NOT NULL DEFAULT '-infinity',
            error      text
        ) WITH (fillfactor = 10)
        """
    )
    op.execute("INSERT INTO eventlog.relay (partition) SELECT partition FROM eventlog.partitions")
    op.execute(
        """
        CREATE TABLE eventlog.inbox (
            subscription text        NOT NULL,
            event_id     uuid        NOT NULL,
            handled_at   timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (subscription, event_id)
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("the event log is never taken away")

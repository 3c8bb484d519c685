"""Appending becomes a function that looks at who asks; what services note in shared tables is each one's own.

No role is named but by its name, so that the schema, and a copy of it, is the same wherever there are none.
"""

from alembic import op

revision = "eventlog_006"
down_revision = "eventlog_005"
branch_labels = None
depends_on = None

# Who notes what in tables that several services share: the service that its first word names, and another.
_SHARED = {
    "commands": ("scope", "mfr_relay"),
    "inbox": ("subscription", "mfr_operator"),
    "subscriptions": ("subscription", "mfr_operator"),
}


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE eventlog.writers (
            role        name NOT NULL,
            stream_type text NOT NULL,
            PRIMARY KEY (role, stream_type)
        )
        """
    )
    # The counter row is taken in the last statement of the transaction: it is locked for no longer than the
    # commit needs, and whoever waits for it commits, and becomes visible, after whoever holds it.
    op.execute(
        """
        CREATE FUNCTION eventlog.append(of_partition smallint, appended json) RETURNS bigint
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            count integer := json_array_length(appended);
            last  bigint;
        BEGIN
            IF NOT pg_has_role(session_user, current_user, 'MEMBER') AND EXISTS (
                SELECT
                  FROM json_to_recordset(appended) AS e (stream_type text, stream_id uuid, version integer)
                 WHERE NOT EXISTS (SELECT FROM eventlog.writers AS w
                                    WHERE w.role = session_user AND w.stream_type = e.stream_type)
                    OR e.version > 1
                   AND EXISTS (SELECT FROM eventlog.events AS first
                                WHERE first.stream_id = e.stream_id AND first.version = 1
                                  AND first.stream_type <> e.stream_type))
            THEN
                RAISE EXCEPTION '% appends to a stream that is not its own', session_user
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            WITH counter AS (
                UPDATE eventlog.partitions
                   SET head = head + count
                 WHERE partition = of_partition
             RETURNING head - count AS before
            ), inserted AS (
                INSERT INTO eventlog.events (
                       partition, position, event_id, stream_type, stream_id, version, type, schema_version,
                       provider_id, company_id, payload, correlation_id, causation_id, actor, command_id,
                       recorded_at)
                SELECT of_partition, counter.before + e.ordinal, e.event_id, e.stream_type, e.stream_id,
                       e.version, e.type, e.schema_version, e.provider_id, e.company_id, e.payload,
                       e.correlation_id, e.causation_id, e.actor, e.command_id, clock_timestamp()
                  FROM counter,
                       ROWS FROM (json_to_recordset(appended) AS (
                           event_id uuid, stream_type text, stream_id uuid, version integer, type text,
                           schema_version smallint, provider_id uuid, company_id uuid, payload jsonb,
                           correlation_id uuid, causation_id uuid, actor jsonb, command_id text))
                       WITH ORDINALITY AS e (
                           event_id, stream_type, stream_id, version, type, schema_version, provider_id,
                           company_id, payload, correlation_id, causation_id, actor, command_id, ordinal)
             RETURNING position
            )
            SELECT max(position) INTO last FROM inserted;
            IF last IS NULL THEN
                RAISE EXCEPTION 'there is no partition %, or nothing to append', of_partition;
            END IF;
            RETURN last;
        END
        $$
        """
    )
    op.execute("REVOKE EXECUTE ON FUNCTION eventlog.append FROM PUBLIC")
    for table, (column, other) in _SHARED.items():
        op.execute(f"ALTER TABLE eventlog.{table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"""
            CREATE POLICY own ON eventlog.{table}
                USING (current_user IN ('mfr_' || split_part({column}, '.', 1), '{other}'))
            """
        )


def downgrade() -> None:
    for table in _SHARED:
        op.execute(f"DROP POLICY own ON eventlog.{table}")
        op.execute(f"ALTER TABLE eventlog.{table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION eventlog.append")
    op.execute("DROP TABLE eventlog.writers")

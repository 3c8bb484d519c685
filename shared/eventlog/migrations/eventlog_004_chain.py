"""Chains the events of each stream by hash, those that are there and, by a trigger, each that is appended.

`shared/eventlog/chain.py` says what is hashed, and checks it without anything of what is made here.
"""

from alembic import op

revision = "eventlog_004"
down_revision = "eventlog_003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE eventlog.events ADD COLUMN previous_hash bytea, ADD COLUMN hash bytea")
    op.execute(
        """
        CREATE FUNCTION eventlog.chain() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.version = 1 THEN
                NEW.previous_hash :=
                    sha256(convert_to('mfr-portal/' || NEW.stream_type || '/' || NEW.stream_id, 'UTF8'));
            ELSE
                SELECT hash
                  INTO NEW.previous_hash
                  FROM eventlog.events
                 WHERE stream_id = NEW.stream_id AND version = NEW.version - 1;
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'stream % has no version % that version % could follow',
                        NEW.stream_id, NEW.version - 1, NEW.version;
                END IF;
            END IF;
            NEW.hash := sha256(NEW.previous_hash || convert_to(json_build_object(
                'partition', NEW.partition,
                'position', NEW.position,
                'event_id', NEW.event_id,
                'stream_type', NEW.stream_type,
                'stream_id', NEW.stream_id,
                'version', NEW.version,
                'type', NEW.type,
                'schema_version', NEW.schema_version,
                'provider_id', NEW.provider_id,
                'company_id', NEW.company_id,
                'payload', NEW.payload,
                'correlation_id', NEW.correlation_id,
                'causation_id', NEW.causation_id,
                'actor', NEW.actor,
                'command_id', NEW.command_id,
                'recorded_at', to_char(NEW.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            )::text, 'UTF8'));
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER chain BEFORE INSERT ON eventlog.events
            FOR EACH ROW EXECUTE FUNCTION eventlog.chain()
        """
    )
    _chain_what_is_there()
    op.execute(
        """
        ALTER TABLE eventlog.events
            ALTER COLUMN previous_hash SET NOT NULL,
            ALTER COLUMN hash          SET NOT NULL
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER chain ON eventlog.events")
    op.execute("DROP FUNCTION eventlog.chain")
    op.execute("ALTER TABLE eventlog.events DROP COLUMN previous_hash, DROP COLUMN hash")


def _chain_what_is_there() -> None:
    """Fill the two new columns of recorded events, and change nothing else of them.

    The only UPDATE that the log ever sees: the trigger that refuses it is off for this transaction, which has
    the table for itself meanwhile.
    """
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("ALTER TABLE eventlog.events DISABLE TRIGGER append_only")
    op.execute(
        """
        CREATE TRIGGER chain_what_is_there BEFORE UPDATE ON eventlog.events
            FOR EACH ROW EXECUTE FUNCTION eventlog.chain()
        """
    )
    op.execute(
        """
        DO $$
        DECLARE
            event record;
        BEGIN
            FOR event IN SELECT partition, position FROM eventlog.events ORDER BY stream_id, version LOOP
                UPDATE eventlog.events SET hash = NULL
                 WHERE partition = event.partition AND position = event.position;
            END LOOP;
        END
        $$
        """
    )
    op.execute("DROP TRIGGER chain_what_is_there ON eventlog.events")
    op.execute("ALTER TABLE eventlog.events ENABLE TRIGGER append_only")

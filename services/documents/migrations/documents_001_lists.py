"""The lists of attachments and documents, and how far the sweep of the file store has come."""

from alembic import op

revision = "documents_001"
down_revision = None
branch_labels = ("documents",)
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA documents")
    op.execute(
        """
        CREATE TABLE documents.attachments (
            attachment_id uuid PRIMARY KEY,
            location      text NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX attachments_location ON documents.attachments (location)")
    op.execute(
        """
        CREATE TABLE documents.documents (
            document_id uuid PRIMARY KEY,
            provider_id uuid NOT NULL,
            company_id  uuid NOT NULL,
            kind        text NOT NULL,
            number      text NOT NULL,
            location    text NOT NULL,
            CONSTRAINT documents_number UNIQUE (provider_id, kind, number)
        )
        """
    )
    op.execute("CREATE INDEX documents_location ON documents.documents (location)")
    op.execute("CREATE INDEX documents_of_provider ON documents.documents (provider_id, document_id)")
    op.execute("CREATE INDEX documents_by_kind ON documents.documents (provider_id, kind, document_id)")
    op.execute("CREATE INDEX documents_of_company ON documents.documents (company_id, document_id)")
    op.execute(
        """
        CREATE TABLE documents.sweep (
            id     smallint    PRIMARY KEY CHECK (id = 1),
            due_at timestamptz NOT NULL DEFAULT '-infinity',
            passed text        NOT NULL DEFAULT ''
        )
        """
    )
    op.execute("INSERT INTO documents.sweep (id) VALUES (1)")


def downgrade() -> None:
    op.execute("DROP SCHEMA documents CASCADE")

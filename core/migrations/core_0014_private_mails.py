"""private mails"""

import sqlalchemy as sa
from alembic import op

revision = "core_0014"
down_revision = "core_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "core_mail",
        sa.Column("is_private", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    # So far, single mails are tests to oneself, alerts, and exports with a link that opens them.
    op.execute("update core_mail set is_private = true where mailing_id is null")

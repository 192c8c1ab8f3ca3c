"""an alert is not raised again while the same one waits"""

from alembic import op

revision = "crm_0010"
down_revision = "crm_0009"
branch_labels = None
depends_on = None

#: Of those that say the same of the same thing, the first stays; the others are seen to.
SETTLE = """
update crm_alert a set acknowledged_at = a.raised_at, comment = null
where a.acknowledged_at is null and a.about is not null and exists (
  select from crm_alert b
  where b.tenant_id = a.tenant_id and b.about = a.about and b.cause = a.cause
    and b.title = a.title and b.acknowledged_at is null and b.id < a.id)
"""


def upgrade() -> None:
    op.execute(SETTLE)
    op.create_index(
        "uq_crm_alert_waiting",
        "crm_alert",
        ["tenant_id", "about", "cause", "title"],
        unique=True,
        postgresql_where="acknowledged_at is null and about is not null",
    )

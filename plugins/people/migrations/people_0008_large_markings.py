"""what a ledger says is found by key; whom a large marking is for is kept for its job"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "people_0008"
down_revision = "people_0007"
branch_labels = None
depends_on = None

#: What holds, after entries were added. The persons are held first, in an order: so what others
#: recorded for the same persons is committed, and the next statement sees it.
#:
#: Each person by key, and never by going through a table: a plan is kept for as long as a
#: connection lasts, and a statement over all of them, planned while the tables were small, took
#: minutes for the first thousand persons after many had come.
KEEP = """
create or replace function people_consent_keep() returns trigger language plpgsql
set enable_seqscan = off set enable_bitmapscan = off as $$
declare
  of record;
  held record;
begin
  for of in select distinct tenant_id, person_id from added order by tenant_id, person_id loop
    perform from people_person
    where tenant_id = of.tenant_id and id = of.person_id for no key update;
    select id, status, medium, given_at into held from people_consent
    where tenant_id = of.tenant_id and person_id = of.person_id
    order by given_at desc, id desc limit 1;
    update people_person
    set consent_status = held.status, consent_medium = held.medium,
        consent_changed_at = held.given_at, consent_id = held.id
    where tenant_id = of.tenant_id and id = of.person_id
      and consent_id is distinct from held.id;
  end loop;
  return null;
end
$$
"""


def upgrade() -> None:
    op.execute(KEEP)
    op.create_table(
        "people_consent_marking_choice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("marking_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "marking_id"],
            ["people_consent_marking.tenant_id", "people_consent_marking.id"],
            name=op.f("fk_people_consent_marking_choice_marking_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "marking_id", "place", name=op.f("pk_people_consent_marking_choice")
        ),
    )
    for statement in protect("people_consent_marking_choice"):
        op.execute(statement)

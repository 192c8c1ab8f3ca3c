"""tenants' keys of address providers are sealed"""

import sqlalchemy as sa
from alembic import context, op

from core.kit.sealing import Seal

revision = "crm_0011"
down_revision = "crm_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    kept = connection.execute(
        sa.text(
            "select tenant_id, address_key from crm_site_settings where address_key is not null"
        )
    ).all()
    if not kept:
        return  # an installation without such keys needs none of its own
    seal = Seal.of(context.config.attributes["settings"])
    for tenant, key in kept:
        connection.execute(
            sa.text("update crm_site_settings set address_key = :sealed where tenant_id = :tenant"),
            {"sealed": seal.close(tenant, key), "tenant": tenant},
        )

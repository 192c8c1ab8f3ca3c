"""persons who pass a test are known from indexes alone; few letters of a part are looked up"""

import sqlalchemy as sa
from alembic import op

revision = "people_0010"
down_revision = "people_0009"
branch_labels = None
depends_on = None

BY_VALUE = ("e164_value", "rough_value", "date_value", "instant_value")
POINTERS = ("option_id", "file_id", "user_id", "referred_id")
TEXTS = ("full_name", "position", "department", "language")


def upgrade() -> None:
    values, persons = "people_custom_value", "people_person"
    for column in BY_VALUE:
        op.drop_index(f"ix_{values}_tenant_id_field_id_{column}")
    for column in POINTERS:
        op.drop_index(f"ix_{values}_tenant_id_{column}")
    for column in (*BY_VALUE, "boolean_value", *POINTERS):
        of_field = () if column in POINTERS else ("field_id",)
        op.create_index(
            f"ix_{values}_{column}",
            values,
            ["tenant_id", *of_field, column, "person_id"],
            postgresql_where=sa.text(f"{column} is not null"),
        )
    for column in TEXTS:
        op.create_index(f"ix_{persons}_{column}", persons, ["tenant_id", column, "name_key", "id"])
    op.create_index(
        "ix_people_person_no_documents",
        persons,
        ["tenant_id", "name_key", "id"],
        postgresql_where=sa.text("not receives_documents"),
    )

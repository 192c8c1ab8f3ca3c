"""Brings the database up to date, and writes the next migration of a module."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Table, create_engine, text

from core.kit.db import Base, create_view
from core.kit.errors import ModuleError
from core.kit.rls import APP_ROLE
from core.kit.settings import ConfigurationError, Settings, sqlalchemy_url
from gateway.modules import load_modules

LOCK = 0x66696C64  # any number, the same for all who migrate
TEMPLATE = '''"""{message}"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import protect

revision = "{revision}"
down_revision = {down}
branch_labels = {labels}
depends_on = {depends}


def upgrade() -> None:
    {body}
'''


#: By itself PostgreSQL looks again at a table once a tenth of it has changed. In a table of a
#: million rows a tenant with a hundred thousand new ones could wait for months to be counted.
ANALYSED = {"autovacuum_analyze_scale_factor": 0.002, "autovacuum_analyze_threshold": 1000}
_RARELY_ANALYSED = """
    select c.relname from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
        and coalesce(c.reloptions::text, '') not like '%autovacuum_analyze%'
"""


def upgrade(settings: Settings) -> None:
    """Create the application role, and run every migration that hasn't been."""
    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": LOCK})
            _ensure_role(connection, settings.app_role_password)
            connection.commit()
            if not at_head(connection):
                config = _config(connection)
                config.attributes["settings"] = settings
                command.upgrade(config, "heads")
                connection.commit()
            _have_analysed(connection)
            connection.commit()
    finally:
        engine.dispose()


def require_current(settings: Settings) -> None:
    """Stop with a sentence unless every migration has been run."""
    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    try:
        with engine.connect() as connection:
            if not at_head(connection):
                raise ConfigurationError("The database is not up to date. Run: fieldgate migrate")
    finally:
        engine.dispose()


def at_head(connection: Connection) -> bool:
    scripts = ScriptDirectory.from_config(_config(connection))
    current = MigrationContext.configure(connection).get_current_heads()
    try:
        # Alembic doesn't keep what others depend on: core's head goes without saying.
        done = {script.revision for script in scripts.get_all_current(current)}
    except CommandError:  # the database is of a release that has more of them
        return False
    return done.issuperset(scripts.get_heads())


def differences(connection: Connection) -> list[Any]:
    """What the models have and the database hasn't, or the other way round."""
    migrations = produce_migrations(_context(connection), Base.metadata)
    assert migrations.upgrade_ops is not None
    return [*migrations.upgrade_ops.ops, *_changed_views(connection, lambda name: True)]


def revision(settings: Settings, module: str, message: str) -> Path:
    """Write the next migration of *module* from what its models have and the database hasn't."""
    engine = create_engine(sqlalchemy_url(settings.owner_database_url, "psycopg"))
    try:
        with engine.connect() as connection:
            return _write(connection, module, message)
    finally:
        engine.dispose()


def _write(connection: Connection, module: str, message: str) -> Path:
    migrations = load_modules().migrations()
    if module not in migrations:
        raise ModuleError(f"There is no module '{module}' with migrations.")
    folder, after = migrations[module].folder, migrations[module].after
    mine = lambda name: str(name).startswith(f"{module}_")  # noqa: E731
    made = produce_migrations(_context(connection, mine), Base.metadata)
    assert made.upgrade_ops is not None
    code = [_clean(render_python_code(made.upgrade_ops))]
    for operation in made.upgrade_ops.ops:
        if isinstance(operation, ops.CreateTableOp) and "tenant_id" in operation.to_table().c:
            code.append(f'for statement in protect("{operation.table_name}"):')
            code.append("    op.execute(statement)")
    for table in _changed_views(connection, mine):
        code += [f"op.execute({statement!r})" for statement in view_statements(table)]
    number = len(list(folder.glob(f"{module}_[0-9]*.py"))) + 1
    name, before = f"{module}_{number:04}", f"{module}_{number - 1:04}"
    path = folder / f"{name}_{'_'.join(message.lower().split())}.py"
    path.write_text(
        TEMPLATE.format(
            message=message,
            revision=name,
            down=repr(before) if number > 1 else None,
            labels=repr((module,)) if number == 1 else None,
            depends=repr(tuple(f"{m}_0001" for m in after)) if number == 1 and after else None,
            body="\n    ".join("\n".join(code).splitlines()),
        )
    )
    return path


def _clean(code: str) -> str:
    """Alembic's code without its comments, its indentation, and what only the models know."""
    lines = [line[4:] if line.startswith("    ") else line for line in code.splitlines()]
    kept = [line for line in lines if not line.startswith(("#", "info="))]
    return "\n".join(kept).replace("astext_type=Text()", "")


def view_statements(table: Table) -> list[str]:
    """Make a view, remember what it was made from, and let the application read it."""
    return [
        create_view(table),
        f"comment on view {table.name} is '{_digest(table)}'",
        f"grant select on {table.name} to {APP_ROLE}",
    ]


def _changed_views(connection: Connection, mine: Any) -> list[Table]:
    found = connection.execute(
        text(
            "select c.relname, obj_description(c.oid) from pg_class c "
            "join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind = 'v' and n.nspname = current_schema()"
        )
    )
    made: dict[Any, Any] = dict(found.all())
    return [
        table
        for table in Base.metadata.tables.values()
        if "view" in table.info and mine(table.name) and made.get(table.name) != _digest(table)
    ]


def _digest(table: Table) -> str:
    return sha256(table.info["view"].encode()).hexdigest()


def _context(connection: Connection, mine: Any = lambda name: True) -> MigrationContext:
    def include(thing: Any, name: str, kind: str, reflected: bool, other: Any) -> bool:
        return not (kind == "table" and ("view" in thing.info or not mine(name)))

    return MigrationContext.configure(
        connection, opts={"include_object": include, "target_metadata": Base.metadata}
    )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "newline")
    folders = [str(m.folder) for m in load_modules().migrations().values()]
    config.set_main_option("version_locations", "\n".join(folders))
    config.attributes["connection"] = connection
    return config


def _have_analysed(connection: Connection) -> None:
    """Have statistics follow what tenants write, where the operator has not said how."""
    options = ", ".join(f"{name} = {value}" for name, value in ANALYSED.items())
    for table in connection.scalars(text(_RARELY_ANALYSED)).all():
        connection.execute(text(f'alter table "{table}" set ({options})'))


def _ensure_role(connection: Connection, password: str) -> None:
    made = connection.scalar(
        text("select 1 from pg_roles where rolname = :role"), {"role": APP_ROLE}
    )
    verb = "alter" if made else "create"
    # The password is hexadecimal, and utility statements take no parameters.
    connection.execute(
        text(f"{verb} role {APP_ROLE} login nosuperuser nobypassrls password '{password}'")
    )
    connection.execute(text(f"grant usage on schema public to {APP_ROLE}"))

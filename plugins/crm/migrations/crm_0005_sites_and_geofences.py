"""sites and geofences"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import protect

revision = "crm_0005"
down_revision = "crm_0004"
branch_labels = None
depends_on = None

#: A longitude and a latitude as one number, their bits in turn: 31 of each.
SPREAD = """
create function crm_spread(given bigint) returns bigint
language sql immutable strict parallel safe as $$
  select (f | (f << 1)) & 6148914691236517205 from (
  select (e | (e << 2)) & 3689348814741910323 as f from (
  select (d | (d << 4)) & 1085102592571150095 as e from (
  select (c | (c << 8)) & 71777214294589695 as d from (
  select (given | (given << 16)) & 281470681808895 as c) a) b) g) h
$$
"""
PLACE = """
create function crm_place(longitude float8, latitude float8) returns bigint
language sql immutable strict parallel safe as $$
  select crm_spread(least(2147483647, floor((longitude + 180) / 360 * 2147483648)::bigint))
       | (crm_spread(least(2147483647, floor((latitude + 90) / 180 * 2147483648)::bigint)) << 1)
$$
"""

#: The squares that a box touches, of the smallest size that is no smaller than the box: four at
#: most. The smallest have a thousandth of a degree; there are 19 sizes, each twice the last.
CELL = """
create function crm_cell(size int, x bigint, y bigint) returns bigint
language sql immutable strict parallel safe as $$ select (size::bigint << 44) | (x << 22) | y $$
"""
CELLS = """
create function crm_cells(west float8, south float8, east float8, north float8) returns bigint[]
language sql immutable strict parallel safe as $$
  select array_agg(crm_cell(size, x, y)) from (
    select case when extent > 0.001 then least(18, ceil(ln(extent / 0.001) / ln(2.0::float8)))::int
                else 0 end as size
    from (select greatest(east - west, north - south) as extent) e
  ) s,
  generate_series(floor((west + 180) / (0.001 * (1 << size)))::bigint,
                  floor((east + 180) / (0.001 * (1 << size)))::bigint) x,
  generate_series(floor((south + 90) / (0.001 * (1 << size)))::bigint,
                  floor((north + 90) / (0.001 * (1 << size)))::bigint) y
$$
"""
CELLS_AT = """
create function crm_cells_at(longitude float8, latitude float8) returns bigint[]
language sql immutable strict parallel safe as $$
  select array_agg(crm_cell(size, floor((longitude + 180) / (0.001 * (1 << size)))::bigint,
                                  floor((latitude + 90) / (0.001 * (1 << size)))::bigint))
  from generate_series(0, 18) size
$$
"""

#: The sides of a GeoJSON polygon, or of several: all x1, all y1, all x2, all y2.
EDGES = """
create function crm_edges(geometry jsonb) returns float8[]
language sql immutable strict parallel safe as $$
  with polygons as (
    select value as rings, place from jsonb_array_elements(
      case geometry ->> 'type' when 'MultiPolygon' then geometry -> 'coordinates'
                               when 'Polygon' then jsonb_build_array(geometry -> 'coordinates') end
    ) with ordinality p (value, place)
  ), corners as (
    select (c.value ->> 0)::float8 as x, (c.value ->> 1)::float8 as y,
           p.place as polygon, r.place as ring, c.place as corner
    from polygons p, jsonb_array_elements(p.rings) with ordinality r (value, place),
         jsonb_array_elements(r.value) with ordinality c (value, place)
  ), edges as (
    select x as x1, y as y1, lead(x) over ring as x2, lead(y) over ring as y2 from corners
    window ring as (partition by polygon, ring order by corner)
  )
  select array_agg(x1) || array_agg(y1) || array_agg(x2) || array_agg(y2)
  from edges where x2 is not null
$$
"""

#: Whether a place is inside: a way out from it crosses an odd number of sides, holes included.
#: Within a millimetre of a side it is on it, which is inside, too.
COVERS = """
create function crm_covers(edges float8[], x float8, y float8) returns boolean
language sql immutable strict parallel safe as $$
  select coalesce(bool_or(
      abs((x2 - x1) * (y - y1) - (x - x1) * (y2 - y1))
        <= 1e-8 * sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1))
      and x between least(x1, x2) - 1e-8 and greatest(x1, x2) + 1e-8
      and y between least(y1, y2) - 1e-8 and greatest(y1, y2) + 1e-8)
    or count(*) filter (
      where (y1 > y) <> (y2 > y) and x < (x2 - x1) * (y - y1) / nullif(y2 - y1, 0) + x1
    ) % 2 = 1, false)
  from unnest(
    edges[1 : cardinality(edges) / 4],
    edges[cardinality(edges) / 4 + 1 : cardinality(edges) / 2],
    edges[cardinality(edges) / 2 + 1 : cardinality(edges) / 4 * 3],
    edges[cardinality(edges) / 4 * 3 + 1 : cardinality(edges)]) edge (x1, y1, x2, y2)
$$
"""

#: How far a place is from another in the plane that touches the earth at the first: what
#: ``plugins.crm.rules.plane`` says, for places that are near.
APART = """
create function crm_apart_m(lng0 float8, lat0 float8, lng float8, lat float8) returns float8
language sql immutable strict parallel safe as $$
  select sqrt(power(across * cosd(lat) * sind(lng - lng0), 2)
    + power(cosd(lat0) * 0.9933056200098587 * (across * sind(lat) - across0 * sind(lat0))
            - sind(lat0) * (across * cosd(lat) * cosd(lng - lng0) - across0 * cosd(lat0)), 2))
  from (select 6378137.0::float8 / sqrt(1 - 0.0066943799901413165::float8 * power(sind(lat0), 2))
                 as across0,
               6378137.0::float8 / sqrt(1 - 0.0066943799901413165::float8 * power(sind(lat), 2))
                 as across) n
$$
"""

#: A circle's box, a thousandth larger than it must be; cut at the 180th meridian.
CIRCLE_BOX = """
create function crm_circle_box(
  longitude float8, latitude float8, radius_m float8,
  out west float8, out south float8, out east float8, out north float8)
language sql immutable strict parallel safe as $$
  select greatest(-180, longitude - across), latitude - along,
         least(180, longitude + across), latitude + along
  from (select 1.001 * degrees(radius_m * sqrt(bent) / (6378137.0 * cosd(latitude))) as across,
               1.001 * degrees(radius_m * bent * sqrt(bent) / (6378137.0 * 0.9933056200098587))
                 as along
        from (select 1 - 0.0066943799901413165::float8 * power(sind(latitude), 2) as bent) b) r
$$
"""

WRITE_CELLS = """
create function crm_geofence_file() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from crm_geofence_cell c using written w
    where c.tenant_id = w.tenant_id and c.geofence_id = w.id;
    delete from crm_geofence_edges e using written w
    where e.tenant_id = w.tenant_id and e.geofence_id = w.id;
  end if;
  insert into crm_geofence_cell (tenant_id, cell, geofence_id)
  select w.tenant_id, unnest(crm_cells(w.west, w.south, w.east, w.north)), w.id from written w;
  insert into crm_geofence_edges (tenant_id, geofence_id, edges)
  select w.tenant_id, w.id, crm_edges(w.outline) from written w where w.outline is not null;
  return null;
end
$$
"""

SITES = """
insert into crm_site (tenant_id, contact_id, longitude, latitude,
                      position_provenance, address_provenance)
select w.tenant_id, w.id, w.longitude, w.latitude,
       case when w.longitude is not null then 'IMPORT' end,
       case when coalesce(w.street, w.postcode, w.town) is not null then 'IMPORT' end
from {written} w
where w.longitude is not null or coalesce(w.street, w.postcode, w.town) is not null
"""
#: So near to a pole, a degree of longitude is nothing: there are no sites.
FENCES = """
insert into crm_geofence (tenant_id, id, contact_id, kind, longitude, latitude, radius_m,
                          west, south, east, north, area_m2, perimeter_m)
select w.tenant_id, gen_random_uuid(), w.id, 'CIRCLE', w.longitude, w.latitude, r.radius,
       b.west, b.south, b.east, b.north, pi() * r.radius * r.radius, 2 * pi() * r.radius
from {written} w
left join crm_site_settings s on s.tenant_id = w.tenant_id
cross join lateral (select coalesce(s.geofence_radius_m, 20) as radius) r
cross join lateral crm_circle_box(w.longitude, w.latitude, r.radius) b
where w.longitude is not null and abs(w.latitude) < 89
"""

#: The default circle is made when a position becomes known, with the radius that is the default
#: then. It keeps that radius, goes where the position goes, and goes with it. What somebody has
#: drawn stays as it is. Who wrote the contact, the application says afterwards.
ADDED = f"""
create function crm_contact_added() returns trigger language plpgsql as $$
begin
  {SITES.format(written="written")};
  {FENCES.format(written="written")};
  return null;
end
$$
"""
CHANGED = f"""
create function crm_contact_changed() returns trigger language plpgsql as $$
begin
  if not exists (
    select from written w join before b on b.tenant_id = w.tenant_id and b.id = w.id
    where (w.longitude, w.latitude, w.street, w.postcode, w.town)
          is distinct from (b.longitude, b.latitude, b.street, b.postcode, b.town)
  ) then
    return null;
  end if;
  {SITES.format(written="written")}
  on conflict (tenant_id, contact_id) do update
  set longitude = excluded.longitude, latitude = excluded.latitude,
      position_provenance = case
        when (crm_site.longitude, crm_site.latitude)
             is not distinct from (excluded.longitude, excluded.latitude)
        then crm_site.position_provenance else excluded.position_provenance end,
      address_provenance = case
        when exists (
          select from written w join before b on b.tenant_id = w.tenant_id and b.id = w.id
          where w.tenant_id = crm_site.tenant_id and w.id = crm_site.contact_id
            and (w.street, w.postcode, w.town)
                is not distinct from (b.street, b.postcode, b.town))
        then crm_site.address_provenance else excluded.address_provenance end;
  delete from crm_site s using written w
  where s.tenant_id = w.tenant_id and s.contact_id = w.id and w.longitude is null
    and coalesce(w.street, w.postcode, w.town) is null;
  delete from crm_geofence g using written w
  where g.tenant_id = w.tenant_id and g.contact_id = w.id and g.provenance is null
    and (w.longitude is null or abs(w.latitude) >= 89);
  update crm_geofence g
  set longitude = w.longitude, latitude = w.latitude, version = g.version + 1,
      updated_at = w.updated_at, updated_by = w.updated_by,
      (west, south, east, north) = (
        select b.west, b.south, b.east, b.north
        from crm_circle_box(w.longitude, w.latitude, g.radius_m) b)
  from written w
  where g.tenant_id = w.tenant_id and g.contact_id = w.id and g.provenance is null
    and (g.longitude, g.latitude) is distinct from (w.longitude::float8, w.latitude::float8);
  {FENCES.format(written="written")}
    and exists (
      select from before b where b.tenant_id = w.tenant_id and b.id = w.id
      and (b.longitude, b.latitude) is distinct from (w.longitude, w.latitude))
  on conflict (tenant_id, contact_id) do nothing;
  return null;
end
$$
"""
TRIGGERS = (
    "create trigger crm_geofence_insert after insert on crm_geofence "
    "referencing new table as written for each statement execute function crm_geofence_file()",
    "create trigger crm_geofence_update after update on crm_geofence "
    "referencing new table as written for each statement execute function crm_geofence_file()",
    "create trigger crm_contact_insert after insert on core_contact "
    "referencing new table as written for each statement execute function crm_contact_added()",
    "create trigger crm_contact_update after update on core_contact "
    "referencing old table as before new table as written "
    "for each statement execute function crm_contact_changed()",
)


FUNCTIONS = (SPREAD, PLACE, CELL, CELLS, CELLS_AT, EDGES, COVERS, APART, CIRCLE_BOX)
TABLES = (
    "crm_site_settings",
    "crm_geofence",
    "crm_site",
    "crm_geofence_cell",
    "crm_geofence_edges",
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    _add_tables()
    for table in TABLES:
        for statement in protect(table):
            op.execute(statement)
    for statement in (WRITE_CELLS, ADDED, CHANGED, *TRIGGERS):
        op.execute(statement)
    # What is there has its site and its circle, too.
    for statement in (SITES, FENCES):
        op.execute(statement.format(written="core_contact"))


def _add_tables() -> None:
    op.create_table(
        "crm_site_settings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("geofence_radius_m", sa.Double(), server_default="20", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_site_settings")),
        sa.UniqueConstraint("tenant_id", name=op.f("uq_crm_site_settings_tenant_id")),
    )
    op.create_table(
        "crm_geofence",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column(
            "outline",
            postgresql.JSONB(
                none_as_null=True,
            ),
            nullable=True,
        ),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("perimeter_m", sa.Double(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_crm_geofence_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_geofence")),
        sa.UniqueConstraint(
            "tenant_id", "contact_id", name=op.f("uq_crm_geofence_tenant_id_contact_id")
        ),
    )
    op.create_table(
        "crm_site",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column(
            "place",
            sa.BigInteger(),
            sa.Computed("crm_place(longitude, latitude)", persisted=True),
            nullable=True,
        ),
        sa.Column("position_provenance", sa.Text(), nullable=True),
        sa.Column("address_provenance", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_crm_site_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_crm_site")),
    )
    op.create_index(
        op.f("ix_crm_site_tenant_id_place"), "crm_site", ["tenant_id", "place"], unique=False
    )
    op.create_table(
        "crm_geofence_cell",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("geofence_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "geofence_id"],
            ["crm_geofence.tenant_id", "crm_geofence.id"],
            name=op.f("fk_crm_geofence_cell_geofence_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "cell", "geofence_id", name=op.f("pk_crm_geofence_cell")
        ),
    )
    op.create_index(
        op.f("ix_crm_geofence_cell_tenant_id_geofence_id"),
        "crm_geofence_cell",
        ["tenant_id", "geofence_id"],
        unique=False,
    )
    op.create_table(
        "crm_geofence_edges",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("geofence_id", sa.Uuid(), nullable=False),
        sa.Column("edges", sa.ARRAY(sa.Double()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "geofence_id"],
            ["crm_geofence.tenant_id", "crm_geofence.id"],
            name=op.f("fk_crm_geofence_edges_geofence_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "geofence_id", name=op.f("pk_crm_geofence_edges")),
    )

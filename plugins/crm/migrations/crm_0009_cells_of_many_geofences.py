"""boxes, cells and places of many contacts are computed by one statement's own expressions"""

from alembic import op

revision = "crm_0009"
down_revision = "crm_0008"
branch_labels = None
depends_on = None

#: As before, but of a kind that PostgreSQL takes apart where it is joined: it isn't strict and
#: returns rows. As one value, each call of it was a statement.
CELLS = """
create function crm_cells(west float8, south float8, east float8, north float8)
returns setof bigint language sql immutable parallel safe rows 2 as $$
  select crm_cell(size, x, y) from (
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
CIRCLE_BOX = """
create function crm_circle_box(longitude float8, latitude float8, radius_m float8)
returns table (west float8, south float8, east float8, north float8)
language sql immutable parallel safe rows 1 as $$
  select greatest(-180, longitude - across), latitude - along,
         least(180, longitude + across), latitude + along
  from (select 1.001 * degrees(radius_m * sqrt(bent) / (6378137.0 * cosd(latitude))) as across,
               1.001 * degrees(radius_m * bent * sqrt(bent) / (6378137.0 * 0.9933056200098587))
                 as along
        from (select 1 - 0.0066943799901413165::float8 * power(sind(latitude), 2) as bent) b) r
$$
"""
WRITE_CELLS = """
create or replace function crm_geofence_file() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    delete from crm_geofence_cell c using written w
    where c.tenant_id = w.tenant_id and c.geofence_id = w.id;
    delete from crm_geofence_edges e using written w
    where e.tenant_id = w.tenant_id and e.geofence_id = w.id;
  end if;
  insert into crm_geofence_cell (tenant_id, cell, geofence_id)
  select w.tenant_id, cell, w.id
  from written w cross join lateral crm_cells(w.west, w.south, w.east, w.north) cell;
  insert into crm_geofence_edges (tenant_id, geofence_id, edges)
  select w.tenant_id, w.id, crm_edges(w.outline) from written w where w.outline is not null;
  return null;
end
$$
"""

#: A longitude and a latitude as one number, their bits in turn: 31 of each. A column is computed
#: by it, so that it can't be part of a statement; this language is quick where nothing is read.
PLACE = """
create or replace function crm_place(longitude float8, latitude float8) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
  x bigint := least(2147483647, floor((longitude + 180) / 360 * 2147483648)::bigint);
  y bigint := least(2147483647, floor((latitude + 90) / 180 * 2147483648)::bigint);
begin
  x := (x | (x << 16)) & 281470681808895;
  x := (x | (x << 8)) & 71777214294589695;
  x := (x | (x << 4)) & 1085102592571150095;
  x := (x | (x << 2)) & 3689348814741910323;
  x := (x | (x << 1)) & 6148914691236517205;
  y := (y | (y << 16)) & 281470681808895;
  y := (y | (y << 8)) & 71777214294589695;
  y := (y | (y << 4)) & 1085102592571150095;
  y := (y | (y << 2)) & 3689348814741910323;
  y := (y | (y << 1)) & 6148914691236517205;
  return x | (y << 1);
end
$$
"""


def upgrade() -> None:
    op.execute("drop function crm_cells(float8, float8, float8, float8)")
    op.execute("drop function crm_circle_box(float8, float8, float8)")
    for statement in (CELLS, CIRCLE_BOX, WRITE_CELLS, PLACE):
        op.execute(statement)
    op.execute("drop function crm_spread(bigint)")

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

#: A few letters of a pattern that few have: of the last two words, of an address of those before
#: the @, the last five each; of a number as it is dialled abroad the last four, as " 336" is in
#: most. An index of groups of three letters is asked for each group, and two words that many have
#: are had by few together.
WINDOWS = r"""
create function people_part_windows(p_pattern text) returns text[]
language sql immutable strict parallel safe as $$
  select case
    when position('\' in p_pattern) > 0 or length(btrim(p_pattern, '%')) <= 5 then array[p_pattern]
    when p_pattern ~ '^%00\d+%$' then array['%' || left(btrim(p_pattern, '%'), 5) || '%']
    when p_pattern ~ '^% \d+%$' then array['%' || right(btrim(p_pattern, '%'), 4) || '%']
    when p_pattern ~ '^%\d+%$' then array['%' || right(btrim(p_pattern, '%'), 5) || '%']
    else coalesce((
      select array_agg('%' || right(word, 5) || '%')
      from (
        select words.word from regexp_split_to_table(
          case when position('@' in p_pattern) > 6 then split_part(p_pattern, '@', 1)
               else p_pattern end, '[^[:alnum:]]+') with ordinality words (word, place)
        where length(words.word) > 2 order by words.place desc limit 2) last
    ), array[p_pattern]) end
$$
"""

#: What is like one of some patterns, as a condition. What the windows find is held against the
#: whole pattern.
LIKE = """
create or replace function people_person_search_like(p_part text, p_patterns text[]) returns text
language sql immutable set search_path from current as $$
  select '(' || string_agg(
    (select string_agg(format('%1$I like %2$L', p_part, looked_up), ' and ')
     from unnest(people_part_windows(pattern)) looked_up)
    || case when people_part_windows(pattern) = array[pattern] then ''
            else format(' and %1$I || '''' like %2$L', p_part, pattern) end, ' or ') || ')'
  from unnest(p_patterns) pattern
$$
"""


def upgrade() -> None:
    op.execute(WINDOWS)
    op.execute(LIKE)
    op.execute("drop function people_part_window(text)")
    op.execute("revoke execute on function people_part_windows(text) from public")
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

"""Tags: the tenant defines them, persons are given those that there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from core.kit.errors import NotFound, Refused
from core.kit.ids import new_id
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from core.kit.tables import AuditEntry
from plugins.people import rules
from plugins.people.events import PersonChanged, PersonsTagged
from plugins.people.models import Person, PersonTag, PersonTagging


async def create(session: TenantSession, name: str, colour: str) -> PersonTag:
    """Add a tag; its name may differ from another's by more than case and accents."""
    kept = rules.tag_name(name)
    tag = PersonTag(name=kept, name_key=sort_key(kept), colour=rules.colour(colour))
    session.add(tag)
    await session.flush()
    return tag


async def change(
    session: TenantSession, key: UUID, version: int | None = None, **changes: Any
) -> PersonTag:
    """Rename a tag, or give it another colour; persons that have it see it so."""
    tag = await session.find(PersonTag, key, "person tag", field="id")
    check_version(tag, version)
    if "name" in changes:
        tag.name = rules.tag_name(changes["name"])
        tag.name_key = sort_key(tag.name)
    if changes.get("colour") is not None:
        tag.colour = rules.colour(changes["colour"])
    return tag


async def archive(session: TenantSession, key: UUID, version: int | None, away: bool) -> PersonTag:
    """Put a tag away, so that nobody is given it any more; or bring it back."""
    tag = await session.find(PersonTag, key, "person tag", field="id")
    check_version(tag, version)
    if away != (tag.archived_at is not None):
        tag.archived_at = session.now if away else None
    return tag


async def set_tags(
    session: TenantSession, key: UUID, tag_ids: Sequence[UUID], version: int | None = None
) -> Person:
    """Let a person have these tags and no others. One that is archived may stay, not come."""
    person = await session.find(Person, key, "person", field="id", lock=True)
    check_version(person, version)
    rules.known(person.erased_at)
    wanted = set(tag_ids)
    _check_count(wanted)
    before = set(
        await session.scalars(select(PersonTagging.tag_id).where(PersonTagging.person_id == key))
    )
    await _check_given(session, wanted - before, "tagIds")
    if wanted == before:
        return person
    await session.execute(
        delete(PersonTagging).where(
            PersonTagging.person_id == key, PersonTagging.tag_id.in_(before - wanted)
        )
    )
    if new := wanted - before:
        # At a tag that two people give at once, both come to the same.
        rows = [{"tenant_id": session.tenant_id, "person_id": key, "tag_id": tag} for tag in new]
        await session.execute(upsert(PersonTagging).values(rows).on_conflict_do_nothing())
    names = await _names(session, before | wanted)
    shown = [sorted(names[tag] for tag in tags) for tags in (before, wanted)]
    session.record(person, {"tags": shown})
    await session.flush()
    await session.tell(PersonChanged(person.id, person.contact_id, "tags"))
    return person


async def tag_many(
    session: TenantSession, person_ids: Sequence[UUID], add: Sequence[UUID], remove: Sequence[UUID]
) -> int:
    """Give and take tags of many persons at once, in a fixed number of statements.

    Returns how many persons have other tags now; the others are left as they are.
    """
    await _check_given(session, set(add), "addTagIds")
    await _check_there(session, set(remove), "removeTagIds")
    people = await _held(session, set(person_ids))
    if both := set(add) & set(remove):
        raise Refused(
            "TAG_GIVEN_AND_TAKEN", f"{len(both)} tags are both given and taken.", "removeTagIds"
        )
    given = await session.execute(
        upsert(PersonTagging)
        .from_select(
            ["tenant_id", "person_id", "tag_id"],
            # Each person with each tag, on purpose.
            select(Person.tenant_id, Person.id, PersonTag.id)
            .join(PersonTag, true())
            .where(
                Person.id.in_(list(people)),
                PersonTag.id.in_(add),
                Person.tenant_id == session.tenant_id,
                PersonTag.tenant_id == session.tenant_id,
            ),
        )
        .on_conflict_do_nothing()
        .returning(PersonTagging.person_id, PersonTagging.tag_id)
    )
    taken = await session.execute(
        delete(PersonTagging)
        .where(PersonTagging.person_id.in_(list(people)), PersonTagging.tag_id.in_(remove))
        .returning(PersonTagging.person_id, PersonTagging.tag_id)
    )
    names = await _names(session, {*add, *remove})
    changes: dict[UUID, list[list[str]]] = {}
    for place, rows in ((1, given), (0, taken)):
        for person, tag in rows:
            changes.setdefault(person, [[], []])[place].append(names[tag])
    await _check_counts(session, changes)
    await _write_down(session, people, changes)
    if changes:
        await session.tell(PersonsTagged(len(changes)))
    return len(changes)


def _check_count(tags: set[UUID]) -> None:
    if len(tags) > rules.MOST_TAGS:
        raise Refused(
            "TOO_MANY_TAGS", f"A person has {rules.MOST_TAGS} tags at most, not {len(tags)}.",
            "tagIds",
        )  # fmt: skip


async def _check_counts(session: TenantSession, people: Any) -> None:
    most = await session.execute(
        select(PersonTagging.person_id, func.count())
        .where(PersonTagging.person_id.in_(list(people)))
        .group_by(PersonTagging.person_id)
        .having(func.count() > rules.MOST_TAGS)
        .limit(1)
    )
    for _person, count in most:
        raise Refused(
            "TOO_MANY_TAGS", f"A person would have {count} tags; {rules.MOST_TAGS} are allowed.",
            "addTagIds",
        )  # fmt: skip


async def _check_given(session: TenantSession, tags: set[UUID], field: str) -> None:
    """Refuse tags that aren't there, or are archived."""
    found = await _check_there(session, tags, field)
    for tag in found:
        if tag.archived_at is not None:
            raise Refused(
                "TAG_ARCHIVED", f"The tag '{tag.name}' is archived. Bring it back first.", field
            )


async def _check_there(session: TenantSession, tags: set[UUID], field: str) -> list[PersonTag]:
    if not tags:
        return []
    rows = await session.scalars(
        # Held, so that none is archived before this is committed.
        select(PersonTag)
        .where(PersonTag.id.in_(tags))
        .order_by(PersonTag.id)
        .with_for_update(read=True)
    )
    found = list(rows)
    for missing in sorted(tags - {tag.id for tag in found}):
        raise NotFound("person tag", missing, field)
    return found


async def _held(session: TenantSession, wanted: set[UUID]) -> dict[UUID, UUID | None]:
    """The contact of each person, who are held in one order until this transaction ends."""
    rows = await session.execute(
        select(Person.id, Person.contact_id, Person.erased_at)
        .where(Person.id.in_(wanted))
        .order_by(Person.id)
        .with_for_update()
    )
    found: dict[UUID, UUID | None] = {}
    for row in rows:
        rules.known(row.erased_at, "personIds")
        found[row.id] = row.contact_id
    for missing in sorted(wanted - found.keys()):
        raise NotFound("person", missing, "personIds")
    return found


async def _names(session: TenantSession, tags: set[UUID]) -> dict[UUID, str]:
    rows = await session.execute(select(PersonTag.id, PersonTag.name).where(PersonTag.id.in_(tags)))
    return {row.id: row.name for row in rows}


async def _write_down(
    session: TenantSession, people: dict[UUID, UUID | None], changes: dict[UUID, Any]
) -> None:
    """Count the persons' versions up, and keep what changed in the audit log."""
    if not changes:
        return
    await session.execute(
        update(Person)
        .where(Person.id.in_(list(changes)))
        .values(version=Person.version + 1, updated_at=session.now, updated_by=session.user_id)
        .execution_options(synchronize_session=False)
    )
    actor = session.actor
    own = {
        "tenant_id": session.tenant_id, "at": session.now, "user_id": actor.user_id,
        "actor": actor.name, "channel": actor.channel.value, "action": "CHANGED",
        "row_type": "people_person",
    }  # fmt: skip
    await session.execute(
        insert(AuditEntry),
        [
            {
                **own, "id": new_id(), "row_id": person, "root_id": people[person],
                "changes": {"tags": [sorted(before), sorted(after)]},
            }
            for person, (before, after) in changes.items()
        ],
    )  # fmt: skip

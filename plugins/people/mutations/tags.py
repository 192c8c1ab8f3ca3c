"""The tenant's list of tags, and which persons have which."""

from __future__ import annotations

from typing import Self

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.people.mutations.persons import PersonPayload
from plugins.people.schema.tags import PersonTag
from plugins.people.services import tags


@strawberry.input
class PersonTagCreateInput:
    name: str
    colour: str = strawberry.field(description="As #rrggbb.")


@strawberry.input(description="What isn't given stays as it is.")
class PersonTagUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    colour: str | None = strawberry.UNSET


@strawberry.input
class PersonTagArchiveInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class PersonTagUnarchiveInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class PersonTagPayload(Payload):
    person_tag: PersonTag | None = written()


@strawberry.input
class PersonSetTagsInput:
    id: strawberry.ID
    tag_ids: list[strawberry.ID] = strawberry.field(
        description="All tags that the person has from now on, 50 at most."
    )
    version: int | None = None


@strawberry.input(description="Up to 250 persons at once.")
class PersonTagManyInput:
    person_ids: list[strawberry.ID]
    add_tag_ids: list[strawberry.ID] = strawberry.field(default_factory=list)
    remove_tag_ids: list[strawberry.ID] = strawberry.field(default_factory=list)


@strawberry.type
class PersonTagManyPayload(Payload):
    count: int | None = strawberry.field(
        default=None, description="How many persons have other tags now."
    )

    @classmethod
    def over(cls, count: int) -> Self:
        return cls(count=count)


@extend(requires="people.configure")
class PersonTagMutations(Mutation):
    @mutation
    async def person_tag_create(
        info: Info, session: TenantSession, input: PersonTagCreateInput
    ) -> PersonTagPayload:
        """Add a tag. Refuses: `NAME_EMPTY`, `TOO_LONG`, `INVALID_CHARACTERS`, `NAME_TAKEN`,
        `INVALID_COLOUR`.
        """
        return PersonTagPayload.of(await tags.create(session, **values(input)))

    @mutation
    async def person_tag_update(
        info: Info, session: TenantSession, input: PersonTagUpdateInput
    ) -> PersonTagPayload:
        """Rename a tag, or give it another colour, wherever it is.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, and what `personTagCreate` refuses.
        """
        given = values(input, id="person_tag")
        return PersonTagPayload.of(await tags.change(session, given.pop("id"), **given))

    @mutation
    async def person_tag_archive(
        info: Info, session: TenantSession, input: PersonTagArchiveInput
    ) -> PersonTagPayload:
        """Put a tag away: persons that have it keep it, nobody is given it any more.

        Refuses: `NOT_FOUND`, `STALE_VERSION`.
        """
        key = values(input, id="person_tag")["id"]
        return PersonTagPayload.of(await tags.archive(session, key, input.version, away=True))

    @mutation
    async def person_tag_unarchive(
        info: Info, session: TenantSession, input: PersonTagUnarchiveInput
    ) -> PersonTagPayload:
        """Bring a tag back. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="person_tag")["id"]
        return PersonTagPayload.of(await tags.archive(session, key, input.version, away=False))


@extend(requires="people.write")
class PersonTaggingMutations(Mutation):
    @mutation
    async def person_set_tags(
        info: Info, session: TenantSession, input: PersonSetTagsInput
    ) -> PersonPayload:
        """Let a person have these tags, of those that the tenant has defined, and no others.

        One that is archived may stay, but not come. Refuses: `NOT_FOUND`, `STALE_VERSION`,
        `TAG_ARCHIVED`, `TOO_MANY_TAGS`.
        """
        given = values(input, id="person", tag_ids="person_tag")
        return PersonPayload.of(await tags.set_tags(session, given.pop("id"), **given))

    @mutation
    async def person_tag_many(
        info: Info, session: TenantSession, input: PersonTagManyInput
    ) -> PersonTagManyPayload:
        """Give tags to many persons, and take others from them, all or nothing.

        Refuses: `NOT_FOUND`, `TAG_ARCHIVED`, `TAG_GIVEN_AND_TAKEN`, `TOO_MANY_TAGS`.
        """
        given = values(
            input, person_ids="person", add_tag_ids="person_tag", remove_tag_ids="person_tag"
        )
        count = await tags.tag_many(
            session, given["person_ids"], given["add_tag_ids"], given["remove_tag_ids"]
        )
        return PersonTagManyPayload.over(count)

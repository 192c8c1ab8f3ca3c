"""A person whose names, addresses and numbers stand wherever the API lets anybody write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.kit.keys import sort_key
from tests.cast import Tenant
from tests.plugins.finance.cast import draft, issue, line
from tests.plugins.missions.cast import mission
from tests.post import Post, let_go, to_persons
from tests.sending import PDF, PDF_TYPE, Desk

FIRST, LAST, MAIDEN = "Zéphyrine", "Quxorblat", "Vrondelmi"
NAME = f"{FIRST} {LAST}"
EMAIL, FORMER = "zephyrine.quxorblat@planted.example", "zvrondelmi@planted.example"
MOBILE, LANDLINE = "06 39 98 70 71", "+33 1 99 00 72 73"
#: What is about the person only, and says nothing that the search for mentions would find.
ABOUT = "Krwmplotz"
#: By what they could be found again, as ``told`` shows texts. A word that is nobody's is enough.
TRACES = (
    sort_key(LAST), sort_key(MAIDEN), "planted.example", sort_key(ABOUT), "639987071", "199007273",
)  # fmt: skip
#: Every text of every table of a tenant, with the table and the column.
COLUMNS = """
select c.relname as table, a.attname as column
from pg_attribute a join pg_class c on c.oid = a.attrelid
join pg_type t on t.oid = a.atttypid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
  and not a.attisdropped and t.typname in ('text', 'varchar', '_text', 'json', 'jsonb')
  and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'tenant_id')
"""


@dataclass
class Planted:
    tenant: Tenant
    person: str
    contact: str
    colleague: str
    ids: dict[str, str] = field(default_factory=dict)


async def plant(tenant: Tenant, desk: Desk, post: Post) -> Planted:
    site = await tenant.contact("Résidence du Parc")
    made = await tenant.do(
        "personCreate", "person { id }", contactId=site, firstName=FIRST, lastName=MAIDEN,
        email=FORMER, mobile=MOBILE, landline=LANDLINE, position=f"Chef {ABOUT}",
        department=f"Service {ABOUT}", title="Mme", extension="12", language="fr",
    )  # fmt: skip
    person = made["person"]["id"]
    other = await tenant.do("personCreate", "person { id }", contactId=site, lastName="Colin")
    found = Planted(tenant, person, site, other["person"]["id"])
    await tenant.do("personUpdate", id=person, lastName=LAST, email=EMAIL)
    await _of_the_person(found, desk)
    await _at_the_contact(found, desk)
    await _of_the_tenant(found)
    await _mailed(found, post)
    return found


async def _of_the_person(to: Planted, desk: Desk) -> None:
    tenant, person, site = to.tenant, to.person, to.contact
    evidence = await desk.send(tenant, f"{LAST}.pdf", PDF_TYPE, PDF + b"evidence")
    await tenant.do(
        "consentRecord", personId=person, status="GRANTED", medium="PAPER", purpose=f"For {ABOUT}",
        comment=f"{NAME} said so", evidenceId=evidence,
    )  # fmt: skip
    tag = await tenant.do("personTagCreate", "personTag { id }", name="VIP", colour="#112233")
    await tenant.do("personSetTags", id=person, tagIds=[tag["personTag"]["id"]])
    type_ = (await tenant.do("noteTypeCreate", "noteType { id }", name="Appel"))["noteType"]["id"]
    to.ids["noteType"] = type_
    note = await tenant.do(
        "noteCreate", "note { id version }", contactId=site, typeId=type_, aboutId=person,
        subject=f"Au sujet de {ABOUT}", text=f"Elle est {ABOUT}",
    )  # fmt: skip
    await tenant.do("noteUpdate", id=note["note"]["id"], text=f"Elle reste {ABOUT}")
    file = await desk.send(tenant, f"badge-{ABOUT}.pdf", PDF_TYPE, PDF + b"badge")
    await tenant.do(
        "attachmentCreate", contactId=site, fileId=file, aboutId=person, title=f"Badge {ABOUT}"
    )


async def _at_the_contact(to: Planted, desk: Desk) -> None:
    tenant, site = to.tenant, to.contact
    await tenant.do(
        "contactUpdate", id=site, information=f"Clés chez {LAST.upper()}, Zephyrine",
        email=EMAIL, phone=MOBILE,
    )  # fmt: skip
    await tenant.do(
        "noteCreate", contactId=site, typeId=to.ids["noteType"], subject=f"Rappeler {NAME}",
        text=f"Au 06.39.98.70.71 ou +33 (0)6 39987071,\nou {EMAIL.upper()} — zéphyrine  QUXORBLAT",
    )  # fmt: skip
    sent = await desk.send(tenant, f"{FIRST} {LAST}.pdf", PDF_TYPE, PDF + b"other")
    await tenant.do("attachmentCreate", contactId=site, fileId=sent, title=f"Photo de {NAME}")
    sale = await tenant.do(
        "opportunityCreate", "opportunity { id }", contactId=site, name=f"Offre pour {NAME}"
    )
    await tenant.do(
        "opportunitySetLines", id=sale["opportunity"]["id"],
        lines=[{"description": f"Étude de {NAME}"}],
    )  # fmt: skip
    await tenant.do("contactFlagSet", contactId=site, text=f"Prévenir {NAME}")
    await tenant.do("contactSuspend", contactId=site, reason=f"{NAME} a demandé l'arrêt")
    done = await mission(
        tenant, site, description=f"Voir {NAME}", comments=f"Badge de {NAME}", category=NAME
    )
    await tenant.do("missionCancel", id=done["id"], reason=f"{NAME} absente")
    await tenant.do("consentRecord", personId=to.colleague, status="AWAITING")


async def _of_the_tenant(to: Planted) -> None:
    tenant = to.tenant
    await tenant.do(
        "savedViewCreate", listName="persons", name=f"Vue de {NAME}", columns=["fullName"],
        arguments={"where": {"name": {"contains": NAME}}},
    )  # fmt: skip
    await tenant.do(
        "mailTemplateCreate", name=f"Modèle de {NAME}", subject=NAME, text=f"Signé {NAME}"
    )
    await tenant.do(
        "personsExport", where={"email": {"contains": EMAIL}}, columns=["lastName"], format="CSV"
    )
    await tenant.ask(
        'mutation($id: ID!) { personUpdate(input: {id: $id, landline: "poste Quxorblat Zéphyrine"},'
        ' idempotencyKey: "k1") { userErrors { code } warnings { message } } }', id=to.person,
    )  # fmt: skip
    group = await tenant.group()
    await tenant.do("customFieldCreate", groupId=group, label="Gardien", key="gardien", type="TEXT")
    await tenant.do(
        "contactSetCustomValues", id=to.contact, values=[{"key": "gardien", "text": NAME}]
    )


async def _mailed(to: Planted, post: Post) -> None:
    tenant = to.tenant
    mailing = await to_persons(
        tenant, personIds=[to.person], kind="SERVICE", subject="Bonjour {{person.full_name}}",
        text=f"Chère {{{{person.full_name}}}}, {ABOUT}", replyTo=EMAIL,
    )  # fmt: skip
    await let_go(tenant, mailing)
    await post.deliver(tenant)
    to.ids["draft"] = (await to_persons(tenant, personIds=[to.person]))["id"]


async def keep_documents(to: Planted) -> None:
    """An invoice that names them, to a customer who does."""
    customer = await to.tenant.contact(NAME)
    invoice = await draft(
        to.tenant, customer, line("1", "100", description=f"Travaux chez {NAME}"),
        description=f"Commande de {NAME}",
    )  # fmt: skip
    await issue(to.tenant, invoice)


async def traces(tenant: Tenant, *more: str) -> dict[str, list[str]]:
    """Where a trace of the person is, in every text of every table: the table, and its columns."""
    owner = tenant.house.owner
    columns: dict[str, list[str]] = {}
    for row in await owner.fetch(COLUMNS):
        columns.setdefault(row["table"], []).append(row["column"])

    async def has(table: str, text: str) -> bool:
        words, digits = f"core_sort_key({text})", f"regexp_replace({text}, '\\D', '', 'g')"
        return bool(
            await owner.fetchval(
                f"select exists (select from {table} t where tenant_id = $1 and exists (select "
                f"from unnest($2::text[]) trace where strpos({words}, trace) > 0 "
                f"or strpos({digits}, trace) > 0))",
                tenant.id, [*TRACES, *more],
            )
        )  # fmt: skip

    found: dict[str, list[str]] = {}
    for table, names in columns.items():
        if await has(table, "t::text"):
            held = [name for name in names if await has(table, f't."{name}"::text')]
            if held:  # else some digits only meet across columns
                found[table] = held
    return found


def reported(sections: list[dict[str, Any]]) -> dict[str, list[tuple[str, int]]]:
    """Treatment and rows of each table."""
    found: dict[str, list[tuple[str, int]]] = {}
    for section in sections:
        found.setdefault(section["table"], []).append((section["treatment"], section["rowCount"]))
    return found

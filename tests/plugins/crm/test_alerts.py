"""Alerts: raised by what happens, delivered to whom it concerns, acknowledged once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.kit.ids import global_id, new_id
from core.kit.jobs import Night
from core.kit.session import Actor, Channel
from plugins.crm.services.alert_mails import NO_ADDRESS
from plugins.missions.jobs import mark_overdue
from tests.cast import Tenant
from tests.plugins.crm.cast import colleague, role
from tests.plugins.finance.cast import invoice, line
from tests.plugins.missions.cast import mission, move

FIELDS = """id cause severity title aboutId about { __typename } acknowledgedAt acknowledgedBy
  comment version contact { name } deliveries { nodes { userName roleName mailedAt mailError } }"""
OF_CONTACT = f"""query($id: ID!, $where: AlertFilter, $scope: Scope) {{ contact(id: $id) {{
  alerts(where: $where, scope: $scope) {{ totalCount nodes {{ {FIELDS} }} }} }} }}"""
MINE = f"""query($where: AlertFilter, $first: Int! = 50, $after: String) {{
  myAlerts(where: $where, first: $first, after: $after) {{ totalCount
  pageInfo {{ hasNextPage endCursor }} nodes {{ {FIELDS} }} }} }}"""


async def of(tenant: Tenant, contact: str, **given: Any) -> list[Any]:
    found = (await tenant.ask(OF_CONTACT, id=contact, **given))["contact"]["alerts"]
    assert found["totalCount"] == len(found["nodes"])
    return list(found["nodes"])


async def mine(tenant: Tenant, **given: Any) -> list[str]:
    found = (await tenant.ask(MINE, **given))["myAlerts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["title"] for node in found["nodes"]]


async def rule(tenant: Tenant, cause: str, **given: Any) -> Any:
    made = await tenant.do(
        "alertRuleSet",
        "alertRule { version isOn severity recipients { userName roleName userId roleId } }",
        cause=cause, **({"severity": "WARNING"} | given),
    )  # fmt: skip
    return made["alertRule"]


async def test_r028_a_flag_a_suspension_a_limit_and_a_late_mission_raise_alerts(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    await tenant.do("contactFlagSet", contactId=site, text="Beware of the dog")
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")
    await tenant.do("termsSet", contactId=site, creditLimit="100")
    bill = await invoice(tenant, site, line("1", "100"))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    work = await mission(tenant, site, plannedStart=yesterday.isoformat())
    await move(tenant, work["id"], "STARTED")

    found = await of(tenant, site)

    said = [
        (a["cause"], a["severity"], a["title"], (a["about"] or {}).get("__typename")) for a in found
    ]
    assert said == [
        ("MISSION_LATE", "WARNING", "Mission M-000001 commencée en retard", "Mission"),
        ("CREDIT_EXCEEDED", "CRITICAL",
         "Plafond de crédit dépassé : 120.00 EUR pour 100.00 EUR", "FinancialDocument"),
        ("SUSPENDED", "WARNING", "Contact suspendu : Unpaid", "Suspension"),
        ("FLAGGED", "INFO", "Contact marqué", None),
    ]  # fmt: skip
    assert [found[0]["aboutId"], found[1]["aboutId"]] == [work["id"], bill]
    for alert in found:
        assert alert["deliveries"]["nodes"] == [
            {"userName": "Camille", "roleName": None, "mailedAt": None,
             "mailError": None if alert["cause"] == "FLAGGED" else NO_ADDRESS}
        ]  # fmt: skip
    assert len(await mine(tenant)) == 4


async def test_r028_one_fact_is_one_alert(tenant: Tenant) -> None:
    """A mission that goes on after a pause hasn't begun late again; what waits is not said twice;
    once somebody has seen to it, the same may happen anew."""
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    paused = await mission(tenant, site, plannedStart=yesterday)
    await move(tenant, paused["id"], "STARTED", "SUSPENDED", "STARTED", "SUSPENDED", "STARTED")
    began_late = "Mission M-000001 commencée en retard"
    assert [a["title"] for a in await of(tenant, site)] == [began_late]

    again = await mission(tenant, site, plannedStart=yesterday)
    overdue = "Mission M-000002 non commencée à l'heure prévue"
    modules = tenant.house.modules.only(tenant.modules)
    night = Night(date(2026, 3, 1), ZoneInfo("Europe/Paris"), modules)

    async def evening() -> list[str]:
        async with tenant.session() as session:
            await mark_overdue(session, night)
        return [a["title"] for a in await of(tenant, site)]

    async def plan_anew(days: int) -> None:
        before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        await tenant.do("missionUpdate", id=again["id"], plannedStart=before)

    assert await evening() == [overdue, began_late]
    await plan_anew(2)
    assert await evening() == [overdue, began_late]

    waiting = (await of(tenant, site))[0]
    await tenant.do("alertAcknowledge", id=waiting["id"], version=waiting["version"])
    await plan_anew(3)
    assert await evening() == [overdue, overdue, began_late]
    assert len(await mine(tenant)) == 3


async def test_r028_alerts_go_to_the_users_and_roles_that_the_tenant_names_each_once(
    tenant: Tenant,
) -> None:
    desk = await role(tenant, "Desk")
    alex, robin = await colleague(tenant, "alex", desk), await colleague(tenant, "robin", desk)
    gone = await colleague(tenant, "gone", desk)
    await tenant.do("userDisable", id=global_id("user", gone.user_id))
    site = await tenant.contact("Site", owner=global_id("user", robin.user_id))

    made = await rule(
        tenant, "SUSPENDED", severity="CRITICAL", roleIds=[global_id("role", desk)],
        userIds=[global_id("user", alex.user_id)] * 2,
    )  # fmt: skip
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    assert [(r["userName"], r["roleName"]) for r in made["recipients"]] == [
        ("Alex", None), (None, "Desk"),
    ]  # fmt: skip
    (alert,) = await of(tenant, site)
    assert alert["severity"] == "CRITICAL"
    assert sorted((d["userName"], d["roleName"]) for d in alert["deliveries"]["nodes"]) == [
        ("Alex", None), ("Robin", None),
    ]  # fmt: skip
    assert await mine(alex) == await mine(robin) == ["Contact suspendu : Unpaid"]
    assert await mine(tenant) == await mine(gone) == []


async def test_r028_a_cause_can_be_switched_off_and_rules_have_versions(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    made = await rule(tenant, "SUSPENDED", isOn=False)
    stale = await tenant.refused(
        "alertRuleSet", cause="SUSPENDED", severity="INFO", version=made["version"] + 1
    )

    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    assert stale == [("STALE_VERSION", "version")]
    assert await of(tenant, site) == []
    await rule(tenant, "SUSPENDED", version=made["version"])
    await tenant.do("contactSuspend", contactId=site, reason="Still unpaid")
    assert [a["title"] for a in await of(tenant, site)] == ["Contact suspendu : Still unpaid"]


async def test_r028_an_alert_is_acknowledged_once_for_all_whom_it_went_to(tenant: Tenant) -> None:
    alex = await colleague(tenant, "alex")
    await rule(tenant, "SUSPENDED", userIds=[global_id("user", alex.user_id)])
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")
    (alert,) = await of(tenant, site)

    done = await alex.do(
        "alertAcknowledge", "alert { acknowledgedBy comment version }", id=alert["id"],
        version=1, comment="Called them",
    )  # fmt: skip
    again = await tenant.refused("alertAcknowledge", id=alert["id"])

    assert done["alert"] == {"acknowledgedBy": "Alex", "comment": "Called them", "version": 2}
    assert again == [("ALREADY_ACKNOWLEDGED", "id")]
    assert await mine(tenant, where={"acknowledged": False}) == []
    assert await mine(tenant, where={"acknowledged": True}) == ["Contact suspendu : Unpaid"]
    assert await tenant.refused("alertAcknowledge", id=alert["id"], version=1) == [
        ("STALE_VERSION", "version")
    ]


async def test_r024_who_may_not_see_flags_is_told_of_none_by_alerts(tenant: Tenant) -> None:
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    await tenant.do("contactFlagSet", contactId=site, text="Beware of the dog")
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")
    device = tenant.without("crm.flags")

    assert [a["cause"] for a in await of(device, site)] == ["SUSPENDED"]
    assert await of(device, site, where={"cause": {"eq": "FLAGGED"}}) == []
    assert await mine(device) == ["Contact suspendu : Unpaid"]
    every = await device.ask("{ alerts { totalCount facets { facet value count } } }")
    assert every["alerts"]["totalCount"] == 1
    assert {f["value"] for f in every["alerts"]["facets"]} == {"SUSPENDED", "WARNING"}
    seen = await tenant.ask(OF_CONTACT, id=site)
    assert "dog" not in str(seen)
    timeline = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { timeline { nodes { kind title } } } }", id=site
    )
    kinds = sorted(n["kind"] for n in timeline["contact"]["timeline"]["nodes"])
    assert kinds == ["ALERT", "FLAG", "SUSPENSION"]  # of the flag, itself is enough


async def test_r009_alerts_of_the_contacts_below_are_listed_by_scope(tenant: Tenant) -> None:
    head = await tenant.contact("Head")
    site = await tenant.contact("Site", parent=head)
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    below = await of(tenant, head, scope={"descendants": {"all": True}})

    assert await of(tenant, head) == []
    assert [a["contact"]["name"] for a in below] == ["Site"]


async def test_r028_ones_own_alerts_come_in_pages_and_are_filtered(tenant: Tenant) -> None:
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    for number in range(5):
        await tenant.do("contactSuspend", contactId=site, reason=f"R{number}")

    first = (await tenant.ask(MINE, first=2))["myAlerts"]
    rest = (await tenant.ask(MINE, first=5, after=first["pageInfo"]["endCursor"]))["myAlerts"]

    titles = [n["title"][-2:] for part in (first, rest) for n in part["nodes"]]
    assert titles == ["R4", "R3", "R2", "R1", "R0"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (5, True)
    assert await mine(tenant, where={"severity": {"eq": "CRITICAL"}}) == []
    assert tenant.statements == 2  # the page, and how many


async def test_r028_a_partners_program_has_no_alerts_of_its_own(tenant: Tenant) -> None:
    site = await tenant.contact("Site", owner=global_id("user", tenant.user_id))
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    class Partner(Tenant):
        @property
        def actor(self) -> Actor:
            return Actor(self.id, None, Channel.PARTNER, f"partner_key_{new_id().hex}")

    partner = Partner(
        tenant.house, tenant.id, tenant.user_id, tenant.slug, tenant.modules, tenant.permissions
    )
    assert await mine(partner) == []


async def test_r028_a_refused_suspension_raises_no_alert(tenant: Tenant) -> None:
    site = await tenant.contact("Site")

    refused = await tenant.refused("contactSuspend", contactId=site, reason=" ")

    assert refused == [("REASON_REQUIRED", "reason")]
    assert await of(tenant, site) == []

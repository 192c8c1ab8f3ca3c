"""What PostGraphile is asked, and its answers in the gateway's words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_PERSONS = "peoplePeopleByTenantIdAndContactIdList(condition: {isPrimary: true}, first: 1)"
_GLANCE = f"""
fragment Glance on CoreContact {{
  rowId name reference street postcode town country phone email website parentKind
  updatedAt version
  owner: coreUserByTenantIdAndOwnerId {{ name }}
  persons: {_PERSONS} {{ rowId title fullName email mobile landline position }}
  group: coreContactGroupByTenantIdAndGroupId {{ rowId name }}
  parent: coreContactByTenantIdAndParentId {{ rowId name reference }}
  effectiveFlags(orderBy: [DISTANCE_ASC, FLAG_ID_ASC]) {{
    text distance setAt setter {{ name }} origin {{ rowId name }}
  }}
  effectiveSuspensions(orderBy: [DISTANCE_ASC, SINCE_ASC, SUSPENSION_ID_ASC]) {{
    distance cause reason since suspender {{ name }} origin {{ rowId name }}
  }}
  account {{
    balance currency status creditLimit overdueAmount paymentTermsDays directDebit
  }}
  shownValues(first: 4, orderBy: [POSITION_ASC, KEY_ASC]) {{ key label type display }}
  recentMissionsList(first: 11) {{
    rowId reference description status plannedStart plannedEnd amountExclTax updatedAt
    type: missionsMissionTypeByTenantIdAndTypeId {{ rowId name colour }}
  }}
  recentDocumentsList(first: 11) {{
    rowId kind state paymentState reference issueDate dueDate totalExclTax totalInclTax updatedAt
  }}
  recentNotesList(first: 11) {{
    rowId reference subject status dueDate updatedAt
    owner: coreUserByTenantIdAndOwnerId {{ name }}
    type: crmNoteTypeByTenantIdAndTypeId {{ rowId name }}
  }}
  recentOpportunitiesList(first: 11) {{
    rowId name status valueExclTax expectedClose updatedAt
    owner: coreUserByTenantIdAndOwnerId {{ name }}
    stage: crmOpportunityStageByTenantIdAndStageId {{ rowId name colour probability }}
  }}
}}
"""
_CHARTS = "fragment Charts on CoreContact { charts { kind keys values tops counts } }"
_RUN = "run: coreChartRunByTenantId(tenantId: $tenant) { asOf staleAfter days }"
_ONE = "contact: coreContactByTenantIdAndRowId(tenantId: $tenant, rowId: $id)"
_SEVERAL = "contacts: coreContactsByIdList(tenant: $tenant, keys: $ids)"
OVERVIEW = f"query($tenant: UUID!, $id: UUID!) {{ {_ONE} {{ ...Glance }} }} {_GLANCE}"
OVERVIEW_CHARTS = (
    f"query($tenant: UUID!, $id: UUID!) {{ {_RUN} {_ONE} {{ ...Glance ...Charts }} }}"
    f"{_GLANCE} {_CHARTS}"
)
OVERVIEWS = f"query($tenant: UUID!, $ids: [UUID!]!) {{ {_SEVERAL} {{ ...Glance }} }} {_GLANCE}"
OVERVIEWS_CHARTS = (
    f"query($tenant: UUID!, $ids: [UUID!]!) {{ {_RUN} {_SEVERAL} {{ ...Glance ...Charts }} }}"
    f"{_GLANCE} {_CHARTS}"
)
LIST = f"""
query($tenant: UUID!, $after: Cursor) {{
  allCoreContacts(
    first: 50, after: $after, condition: {{tenantId: $tenant}}, orderBy: [NAME_KEY_ASC, ROW_ID_ASC]
  ) {{
    nodes {{
      rowId name reference town postcode phone updatedAt
      group: coreContactGroupByTenantIdAndGroupId {{ rowId name }}
      parent: coreContactByTenantIdAndParentId {{ rowId name }}
      persons: {_PERSONS} {{ rowId fullName email mobile }}
      shownValues(orderBy: [POSITION_ASC, KEY_ASC]) {{ key label type display }}
    }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
_MOST = 10
_KINDS = {
    "MISSION": "missions",
    "FINANCE": "financialDocuments",
    "NOTE": "notes",
    "OPPORTUNITY": "opportunities",
}
_DETAILS = ("website", "parentKind", "updatedAt", "version")


def overview(contact: Any, run: Any) -> Any:
    """A contact as the gateway tells it; with *run*, its charts too."""
    found = _named(contact)
    key = found.pop("id")
    details = {name: found.pop(name) for name in _DETAILS}
    found["contact"] = {**details, "ownerName": found.pop("ownerName")}
    found["primaryPerson"] = next(iter(found.pop("persons")), None)
    found["customValues"] = found.pop("shownValues")
    for name, ours in (
        ("recentMissionsList", "recentMissions"),
        ("recentDocumentsList", "recentFinancialDocuments"),
        ("recentNotesList", "recentNotes"),
        ("recentOpportunitiesList", "recentOpportunities"),
    ):
        rows = found.pop(name)
        found[ours] = {"hasMore": len(rows) > _MOST, "nodes": rows[:_MOST]}
    if run is not None:
        found["charts"] = _charts(found.pop("charts"), run)
    return {"id": key, "overview": found}


def _charts(charts: Any, run: Any) -> Any:
    stale = datetime.fromisoformat(run["staleAfter"]) < datetime.now(UTC)
    shown: dict[Any, Any] = dict.fromkeys(_KINDS.values())
    for one in charts:
        shown[_KINDS[one.pop("kind")]] = one
    return {"asOf": run["asOf"], "isStale": stale, "days": run["days"], **shown}


def listed(answer: Any) -> Any:
    page = answer["allCoreContacts"]
    nodes = []
    for node in map(_named, page["nodes"]):
        node["primaryPerson"] = next(iter(node.pop("persons")), None)
        node["customValues"] = node.pop("shownValues")
        nodes.append(node)
    return {"nodes": nodes, "hasNextPage": page["pageInfo"]["hasNextPage"]}


_OURS = {"rowId": "id", "origin": "contact"}
_NAMES = {"owner": "ownerName", "setter": "setBy", "suspender": "suspendedBy"}


def _named(value: Any) -> Any:
    """The same with ``rowId`` as ``id``, and users as their names."""
    if isinstance(value, list):
        return [_named(one) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, one in value.items():
        if name in _NAMES:
            found[_NAMES[name]] = None if one is None else one["name"]
        else:
            found[_OURS.get(name) or name] = _named(one)
    return found

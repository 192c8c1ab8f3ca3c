"""The documents that the gateway is asked, and their parts."""

from __future__ import annotations

#: What the Overview page shows beside its charts: zones 1 to 8.
GLANCE = """
fragment Glance on Overview {
  name reference street postcode town country phone email
  contact { website parentKind ownerName updatedAt version }
  primaryPerson { id title fullName email mobile landline position }
  group { id name }
  parent { id name reference }
  effectiveFlags { text distance setAt setBy contact { id name } }
  effectiveSuspensions { distance cause reason since suspendedBy contact { id name } }
  account {
    balance currency status creditLimit overdueAmount paymentTermsDays directDebit
  }
  customValues { key label type display }
  recentMissions {
    hasMore
    nodes {
      id reference description status plannedStart plannedEnd amountExclTax updatedAt
      type { id name colour }
    }
  }
  recentFinancialDocuments {
    hasMore
    nodes {
      id kind state paymentState reference issueDate dueDate totalExclTax totalInclTax updatedAt
    }
  }
  recentNotes {
    hasMore
    nodes { id reference subject status dueDate ownerName updatedAt type { id name } }
  }
  recentOpportunities {
    hasMore
    nodes {
      id name status valueExclTax expectedClose ownerName updatedAt
      stage { id name colour probability }
    }
  }
}
"""
CHARTS = """
fragment Charts on Overview {
  charts {
    asOf isStale days
    missions { ...Series }
    financialDocuments { ...Series }
    notes { ...Series }
    opportunities { ...Series }
  }
}
fragment Series on Chart { keys values tops counts }
"""

OVERVIEW_CHARTS = (
    "query Overview($id: ID!) { contact(id: $id) { id overview { ...Glance ...Charts } } }"
    + GLANCE
    + CHARTS
)
OVERVIEW = (
    "query OverviewOnly($id: ID!) { contact(id: $id) { id overview { ...Glance } } }" + GLANCE
)
#: ``greeting`` is a hand-written async resolver, of a module that only the benchmark loads.
OVERVIEW_MIXED = (
    "query OverviewMixed($id: ID!)"
    " { contact(id: $id) { id greeting overview { ...Glance ...Charts } } }" + GLANCE + CHARTS
)
OVERVIEWS_CHARTS = (
    "query Overviews($ids: [ID!]!)"
    " { contactsById(ids: $ids) { id overview { ...Glance ...Charts } } }" + GLANCE + CHARTS
)
OVERVIEWS = (
    "query OverviewsOnly($ids: [ID!]!) { contactsById(ids: $ids) { id overview { ...Glance } } }"
    + GLANCE
)
LIST = """
query List($after: String) {
  contacts(first: 50, after: $after) {
    nodes {
      id name reference town postcode phone updatedAt
      group { id name }
      parent { id name }
      primaryPerson { id fullName email mobile }
      customValues { key label type display }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""
TREE_PAGE = """
query Tree($id: ID!) {
  contact(id: $id) {
    missions(first: 50, scope: {descendants: {all: true}}) {
      nodes { id reference status updatedAt contact { id name } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
TREE_TOTAL = """
query Total($id: ID!) {
  contact(id: $id) { missions(first: 0, scope: {descendants: {all: true}}) { totalCount } }
}
"""
MOVE = """
mutation Move($input: ContactMoveInput!) {
  contactMove(input: $input) { contact { id version } userErrors { code message field } }
}
"""

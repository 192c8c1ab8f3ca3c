"""The statements: each returns the JSON of its answer. $1 is the tenant."""

from __future__ import annotations


def _recent(table: str, columns: str, joins: str = "") -> str:
    return f"""(
        select json_build_object(
            'hasMore', count(*) > 10,
            'nodes', coalesce(json_agg(r.node order by r.place) filter (where r.place <= 10), '[]'))
        from (
            select row_number() over (order by x.updated_at desc, x.id desc) as place,
                   json_build_object('id', x.id, {columns}, 'updatedAt', x.updated_at) as node
            from {table} x {joins}
            where x.tenant_id = $1 and x.contact_id = c.id
              and x.updated_at > now() - interval '31 days'
            order by x.updated_at desc, x.id desc limit 11) r)"""


_PERSON = """(
    select json_build_object(
        'id', p.id, 'title', p.title, 'fullName', p.full_name, 'email', p.email,
        'mobile', p.mobile, 'landline', p.landline, 'position', p.position)
    from people_person p where p.tenant_id = $1 and p.contact_id = c.id and p.is_primary)"""
_CUSTOM_VALUE = """json_build_object(
    'key', v.key, 'label', v.label, 'type', v.type,
    'display', coalesce(v.decimal_value::text, v.date_value::text, v.boolean_value::text,
                        v.text_value, v.option_label))"""


def _inherited(view: str, columns: str, order: str, who: str) -> str:
    return f"""(
        select coalesce(json_agg(json_build_object(
            {columns}, 'distance', e.distance, 'by', u.name,
            'contact', json_build_object('id', o.id, 'name', o.name)) order by {order}), '[]')
        from {view} e
        join core_contact o on o.tenant_id = $1 and o.id = e.origin_id
        left join core_user u on u.tenant_id = $1 and u.id = e.{who}
        where e.tenant_id = $1 and e.contact_id = c.id)"""


_FLAGS = _inherited(
    "crm_effective_flag", "'text', e.text, 'setAt', e.set_at", "e.distance, e.flag_id", "set_by"
)
_SUSPENSIONS = _inherited(
    "crm_effective_suspension",
    "'cause', e.cause, 'reason', e.reason, 'since', e.since",
    "abs(e.distance), e.since, e.suspension_id",
    "suspended_by",
)
_ACCOUNT = """(
    select json_build_object(
        'balance', a.balance::text, 'currency', a.currency, 'status', a.status,
        'creditLimit', a.credit_limit::text, 'overdueAmount', a.overdue_amount::text,
        'paymentTermsDays', a.payment_terms_days, 'directDebit', a.direct_debit)
    from finance_account_current a where a.tenant_id = $1 and a.contact_id = c.id)"""
_GLANCE = f"""
    'name', c.name, 'reference', c.reference, 'street', c.street, 'postcode', c.postcode,
    'town', c.town, 'country', c.country, 'phone', c.phone, 'email', c.email,
    'contact', json_build_object(
        'website', c.website, 'parentKind', c.parent_kind, 'updatedAt', c.updated_at,
        'version', c.version, 'ownerName', (
            select u.name from core_user u where u.tenant_id = $1 and u.id = c.owner_id)),
    'primaryPerson', {_PERSON},
    'group', (select json_build_object('id', g.id, 'name', g.name)
              from core_contact_group g where g.tenant_id = $1 and g.id = c.group_id),
    'parent', (select json_build_object('id', p.id, 'name', p.name, 'reference', p.reference)
               from core_contact p where p.tenant_id = $1 and p.id = c.parent_id),
    'effectiveFlags', {_FLAGS},
    'effectiveSuspensions', {_SUSPENSIONS},
    'account', {_ACCOUNT},
    'customValues', (
        select coalesce(json_agg(s.value order by s.position, s.key), '[]') from (
            select v.position, v.key, {_CUSTOM_VALUE} as value from core_custom_value_shown v
            where v.tenant_id = $1 and v.contact_id = c.id
            order by v.position, v.key limit 4) s),
    'recentMissions', {
    _recent(
        "missions_mission",
        "'reference', x.reference, 'description', x.description, 'status', x.status, "
        "'plannedStart', x.planned_start, 'plannedEnd', x.planned_end, "
        "'amountExclTax', x.amount_excl_tax::text, "
        "'type', json_build_object('id', t.id, 'name', t.name, 'colour', t.colour)",
        "join missions_mission_type t on t.tenant_id = $1 and t.id = x.type_id",
    )
},
    'recentFinancialDocuments', {
    _recent(
        "finance_document",
        "'kind', x.kind, 'state', x.state, 'paymentState', x.payment_state, "
        "'reference', x.reference, 'issueDate', x.issue_date, 'dueDate', x.due_date, "
        "'totalExclTax', x.total_excl_tax::text, 'totalInclTax', x.total_incl_tax::text",
    )
},
    'recentNotes', {
    _recent(
        "crm_note",
        "'reference', x.reference, 'subject', x.subject, 'status', x.status, "
        "'dueDate', x.due_date, 'ownerName', u.name, "
        "'type', json_build_object('id', t.id, 'name', t.name)",
        "join crm_note_type t on t.tenant_id = $1 and t.id = x.type_id "
        "left join core_user u on u.tenant_id = $1 and u.id = x.owner_id",
    )
},
    'recentOpportunities', {
    _recent(
        "crm_opportunity",
        "'name', x.name, 'status', x.status, 'valueExclTax', x.value_excl_tax::text, "
        "'expectedClose', x.expected_close, 'ownerName', u.name, "
        "'stage', json_build_object('id', t.id, 'name', t.name, 'colour', t.colour, "
        "'probability', t.probability)",
        "join crm_opportunity_stage t on t.tenant_id = $1 and t.id = x.stage_id "
        "left join core_user u on u.tenant_id = $1 and u.id = x.owner_id",
    )
}"""
_CHARTS = """
    'charts', (
        select json_build_object(
            'asOf', r.as_of, 'isStale', r.stale_after < now(), 'days', r.days,
            'series', (
                select json_object_agg(k.kind, json_build_object(
                    'keys', k.keys, 'values', k.values, 'tops', k.tops, 'counts', k.counts))
                from core_chart_current k where k.tenant_id = $1 and k.contact_id = c.id))
        from core_chart_run r where r.tenant_id = $1)"""


def _one(fields: str) -> str:
    return f"""
        select json_build_object('id', c.id, 'overview', json_build_object({fields}))::text
        from core_contact c where c.tenant_id = $1 and c.id = $2"""


def _several(fields: str) -> str:
    return f"""
        select coalesce(json_agg(
            json_build_object('id', c.id, 'overview', json_build_object({fields}))
            order by c.id), '[]')::text
        from core_contact c where c.tenant_id = $1 and c.id = any($2::uuid[])"""


#: $2, $3: the name key and the id after which the page begins.
_LIST = f"""
    select json_build_object(
        'nodes', coalesce(
            json_agg(n.node order by n.name_key, n.id) filter (where n.place <= 50), '[]'),
        'hasNextPage', count(*) > 50)::text
    from (
        select c.name_key, c.id, row_number() over (order by c.name_key, c.id) as place,
            json_build_object(
                'id', c.id, 'name', c.name, 'reference', c.reference, 'town', c.town,
                'postcode', c.postcode, 'phone', c.phone, 'updatedAt', c.updated_at,
                'group', json_build_object('id', g.id, 'name', g.name),
                'parent', case when p.id is not null
                    then json_build_object('id', p.id, 'name', p.name) end,
                'primaryPerson', case when h.id is not null then json_build_object(
                    'id', h.id, 'fullName', h.full_name, 'email', h.email, 'mobile', h.mobile) end,
                'customValues', (
                    select coalesce(
                        json_agg({_CUSTOM_VALUE} order by v.position, v.key), '[]')
                    from core_custom_value_shown v
                    where v.tenant_id = $1 and v.contact_id = c.id)) as node
        from (
            select * from core_contact
            where tenant_id = $1 and (name_key, id) > ($2, $3::uuid)
            order by name_key, id limit 51) c
        join core_contact_group g on g.tenant_id = $1 and g.id = c.group_id
        left join core_contact p on p.tenant_id = $1 and p.id = c.parent_id
        left join people_person h
            on h.tenant_id = $1 and h.contact_id = c.id and h.is_primary) n"""
STATEMENTS = {
    "overview": _one(_GLANCE),
    "overview-charts": _one(f"{_GLANCE}, {_CHARTS}"),
    "overviews": _several(_GLANCE),
    "overviews-charts": _several(f"{_GLANCE}, {_CHARTS}"),
    "list": _LIST,
}

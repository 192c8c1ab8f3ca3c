"""Finance's part of the large demo set: SQL that fills the accounts of contacts without any.

All follows from a contact's id, so two runs over the same contacts make the same.
"""

from __future__ import annotations

WORK = (
    "Main-d'œuvre technicien",
    "Déplacement",
    "Contrat d'entretien, échéance",
    "Vanne thermostatique",
    "Filtre à air G4",
    "Location de nacelle",
    "Contrôle annuel et rapport",
    "Luminaire LED encastré",
)
_WORK = ", ".join("'" + text.replace("'", "''") + "'" for text in WORK)

_TERMS = """
    insert into finance_terms (
        tenant_id, id, contact_id, credit_limit, payment_terms_days, direct_debit)
    select c.tenant_id, md5(c.id || 'terms')::uuid, c.id,
           case when r % 3 > 0 then 1000 + r % 20 * 1000 end, 30 + r % 2 * 15, r % 5 < 2
    from core_contact c, lateral (select uuid_hash_extended(c.id, 7) & 65535 as r)
    where c.tenant_id = :tenant
    on conflict do nothing
"""
#: Of a document "d": one to three lines that follow from its id.
_LINES = f"""
    select n as position, (array[{_WORK}])[1 + r % {len(WORK)}] as description,
           (1 + r % 8 + case when r % 5 = 0 then 0.5 else 0 end)::numeric(14, 4) as quantity,
           ((1500 + r % 28000) * 0.01)::numeric(14, 4) as unit_price,
           case when r % 7 = 0 then 10 else 0 end as discount,
           case when r % 10 < 6 then 'TVA20' when r % 10 < 9 then 'TVA10' else 'TVA5.5' end
               as tax_code,
           case when r % 10 < 6 then 20 when r % 10 < 9 then 10 else 5.5 end as tax_rate,
           case when r % 2 = 0 then '706000' else '707000' end as nominal_code
    from generate_series(0, (uuid_hash_extended(d.id, 99) & 65535)::int % 3) n,
         lateral (select (uuid_hash_extended(d.id, 100 + n) & 1048575)::int as r)
"""
#: Ten documents for each contact without any; r1 to r4 are numbers that look random.
_DOCUMENTS = f"""
    with contact as (
        select c.tenant_id, c.id as contact_id, replace(c.id::text, '-', '') as hex
        from core_contact c
        where c.tenant_id = :tenant and not exists (
            select from finance_document d where d.tenant_id = :tenant and d.contact_id = c.id)
    ), drawn as (
        select c.tenant_id, contact_id, n,
               (uuid_hash_extended(contact_id, n * 4 + 101) & 65535)::int as r1,
               (uuid_hash_extended(contact_id, n * 4 + 102) & 65535)::int as r2,
               (uuid_hash_extended(contact_id, n * 4 + 103) & 65535)::int as r3,
               (uuid_hash_extended(contact_id, n * 4 + 104) & 65535)::int as r4,
               (substr(hex, 1, 12) || '7' || substr(md5(hex || 'f' || n), 1, 3)
                   || '8' || substr(md5(hex || 'f' || n), 4, 15))::uuid as id
        from contact c, generate_series(1, 10) n
    ), dated as (
        -- Squared: there are more of the last weeks than of those two years ago.
        select d.*, (pow(r3 / 65536.0, 2) * 730)::int as age,
               (array['INVOICE', 'INVOICE', 'INVOICE', 'INVOICE', 'INVOICE', 'INVOICE', 'INVOICE',
                      'INVOICE', 'INVOICE', 'INVOICE', 'INVOICE', 'QUOTE', 'QUOTE', 'QUOTE',
                      'QUOTE', 'CREDIT_NOTE', 'PURCHASE_ORDER', 'PURCHASE_ORDER', 'PRO_FORMA',
                      'APPLICATION_FOR_PAYMENT'])[1 + r1 % 20] as kind,
               case when r2 % 100 < 88 then 'ISSUED' when r2 % 100 < 97 then 'DRAFT'
                    else 'CANCELLED' end as state
        from drawn d
    ), totalled as (
        select d.*, cast(:now as timestamptz)::date - age as day, net, tax,
               case when state <> 'ISSUED' or kind not in ('INVOICE', 'CREDIT_NOTE') then 0
                    when r4 % 200 < case when age > 45 then 193 else 70 end then net + tax
                    when r4 % 200 < 196 and age > 45 then round((net + tax) * 0.4, 2)
                    else 0 end as paid
        from dated d, lateral (
            select sum(net) as net, sum(round(net * tax_rate * 0.01, 2)) as tax
            from (
                select tax_rate, round(sum(quantity * unit_price * (100 - discount) * 0.01), 2)
                    as net
                from ({_LINES}) line group by tax_code, tax_rate
            ) of_code
        ) totals
    )
    insert into finance_document (
        tenant_id, id, contact_id, kind, state, send_state, payment_state, reference, currency,
        issue_date, due_date, sent_at, total_excl_tax, total_tax, total_incl_tax, paid_amount,
        created_at, updated_at
    )
    select d.tenant_id, d.id, contact_id, kind, state,
           case when issued and r1 % 9 > 0 then 'SENT' else 'NOT_SENT' end,
           case when paid = 0 then 'UNPAID' when paid < net + tax then 'PART_PAID' else 'PAID' end,
           left(kind, 2) || '-' || to_char(day, 'YYYY') || '-' || lpad((r4 + n)::text, 6, '0'),
           owner.currency, case when issued then day end,
           case when issued and kind = 'INVOICE' then day + 30 end,
           case when issued and r1 % 9 > 0 then written end,
           net, tax, net + tax, paid, written,
           least(cast(:now as timestamptz), written
               + case when paid > 0 then make_interval(days => r4 % 40) else interval '0' end)
    from totalled d
    join core_tenant owner on owner.id = d.tenant_id,
    lateral (select state = 'ISSUED' as issued,
                    least(cast(:now as timestamptz),
                          day + make_interval(hours => 8, mins => r1 % 540)) as written)
    order by d.id
"""
#: The ids follow those of the documents: in order, they are several times faster to insert.
_WRITE_LINES = f"""
    insert into finance_line (
        tenant_id, id, document_id, position, description, quantity, unit_price, discount,
        tax_code, tax_rate, nominal_code, total_excl_tax
    )
    select d.tenant_id, (left(d.id::text, 32) || lpad(to_hex(l.position), 4, '0'))::uuid, d.id,
           l.position, l.description, l.quantity, l.unit_price, l.discount,
           l.tax_code, l.tax_rate, l.nominal_code, round(
               l.quantity * l.unit_price * (100 - l.discount) * 0.01, 2)
    from finance_document d cross join lateral ({_LINES}) l
    where d.tenant_id = :tenant and not exists (
        select from finance_line o where o.tenant_id = :tenant and o.document_id = d.id)
"""
_PAYMENTS = """
    insert into finance_payment (tenant_id, id, contact_id, document_id, amount, paid_on)
    select d.tenant_id, d.id, d.contact_id, d.id, d.paid_amount,
           greatest(d.issue_date, d.updated_at::date)
    from finance_document d
    where d.tenant_id = :tenant and d.paid_amount > 0 and not exists (
        select from finance_payment o where o.tenant_id = :tenant and o.document_id = d.id)
"""
_ROLL_UP = """
    insert into finance_account (tenant_id, contact_id, balance, updated_at)
    select d.tenant_id, d.contact_id,
           sum((d.total_incl_tax - d.paid_amount) * case d.kind when 'INVOICE' then 1 else -1 end),
           max(d.updated_at)
    from finance_document d
    where d.tenant_id = :tenant and d.state = 'ISSUED' and d.kind in ('INVOICE', 'CREDIT_NOTE')
    group by d.tenant_id, d.contact_id
    on conflict (tenant_id, contact_id) do update
    set balance = excluded.balance, updated_at = excluded.updated_at
"""
FILL = (_TERMS, _DOCUMENTS, _WRITE_LINES, _PAYMENTS, _ROLL_UP)

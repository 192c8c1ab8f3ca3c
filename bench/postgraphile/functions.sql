-- What PostGraphile can't be asked by conditions: what is recent, texts of custom values, ids.
create or replace function core_contact_recent_missions(contact core_contact)
returns setof missions_mission language sql stable as $$
    select * from missions_mission
    where tenant_id = contact.tenant_id and contact_id = contact.id
      and updated_at > now() - interval '31 days'
    order by updated_at desc, id desc
$$;
create or replace function core_contact_recent_documents(contact core_contact)
returns setof finance_document language sql stable as $$
    select * from finance_document
    where tenant_id = contact.tenant_id and contact_id = contact.id
      and updated_at > now() - interval '31 days'
    order by updated_at desc, id desc
$$;
create or replace function core_contact_recent_notes(contact core_contact)
returns setof crm_note language sql stable as $$
    select * from crm_note
    where tenant_id = contact.tenant_id and contact_id = contact.id
      and updated_at > now() - interval '31 days'
    order by updated_at desc, id desc
$$;
create or replace function core_contact_recent_opportunities(contact core_contact)
returns setof crm_opportunity language sql stable as $$
    select * from crm_opportunity
    where tenant_id = contact.tenant_id and contact_id = contact.id
      and updated_at > now() - interval '31 days'
    order by updated_at desc, id desc
$$;
create or replace function core_custom_value_shown_display(shown core_custom_value_shown)
returns text language sql stable as $$
    select coalesce(shown.decimal_value::text, shown.date_value::text, shown.boolean_value::text,
                    shown.text_value, shown.option_label)
$$;
create or replace function core_contacts_by_id(tenant uuid, keys uuid[])
returns setof core_contact language sql stable as $$
    select * from core_contact where tenant_id = tenant and id = any(keys) order by id
$$;

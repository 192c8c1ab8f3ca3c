"""The door of module zero."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.attachments import mutations as attachment_mutations
from core.attachments import schema as attachments
from core.attachments import timeline as attachment_timeline
from core.audit import schema as audit
from core.charts.jobs import CHARTS
from core.contacts import custom as contact_custom
from core.contacts import mutations as contact_mutations
from core.contacts import schema as contacts
from core.contacts import suggestions as contact_suggestions
from core.contacts.sheets import CONTACTS
from core.custom_fields import changes as custom_field_changes
from core.custom_fields import mutations as custom_field_mutations
from core.custom_fields import schema as custom_fields
from core.custom_fields import shifts as custom_field_shifts
from core.documents import mutations as document_mutations
from core.documents import schema as documents
from core.exporting import mutations as export_mutations
from core.exporting.jobs import EXPORT
from core.files import events as file_events
from core.files import handlers as file_handlers
from core.files import mutations as file_mutations
from core.files import schema as files
from core.files.jobs import UNCLAIMED
from core.hierarchy import mutations as hierarchy_mutations
from core.hierarchy import preview as hierarchy_preview
from core.importing import handlers as import_handlers
from core.importing import mutations as import_mutations
from core.importing import schema as imports
from core.importing.jobs import JOBS as IMPORTS
from core.importing.nights import CLOSED
from core.jobs import events as job_events
from core.jobs import mutations as job_mutations
from core.jobs import schema as jobs
from core.jobs.jobs import EXPIRED, SERVED
from core.kit.activity import PersonActivity
from core.kit.audiences import Audience
from core.kit.background import BackgroundJob
from core.kit.custom import CustomFieldTarget
from core.kit.events import Listener, after, on
from core.kit.jobs import NightlyJob
from core.kit.keywords import KeywordSource
from core.kit.modules import Migrations, ModuleInfo, hookimpl
from core.kit.personal import PersonalData
from core.kit.sheets import Sheet
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone
from core.mail import audiences as mail_recipients
from core.mail import events as mail_events
from core.mail import handlers as mail_handlers
from core.mail import keywords as mail_keywords
from core.mail import timeline as mail_timeline
from core.mail.jobs import JOBS as MAILINGS
from core.mail.mutations import mailings as mailing_mutations
from core.mail.mutations import mails as mail_mutations
from core.mail.mutations import templates as template_mutations
from core.mail.schema import mailbox, mails
from core.mail.schema import templates as mail_templates
from core.mail.schema import watching as mails_watched
from core.mail.sheets import MAILS
from core.overview import zones as overview
from core.personal import data as personal
from core.tenancy import mutations as tenancy_mutations
from core.tenancy import schema as tenancy
from core.tenancy.sheets import USERS
from core.timeline import schema as timeline
from core.views import mutations as view_mutations
from core.views import schema as views


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Contacts",
        permissions={
            "contacts.read": "See contacts, their groups, hierarchy and custom values.",
            "contacts.write": "Add, change, move and archive contacts.",
            "contacts.configure": "Define groups and custom fields.",
            "audit.read": "See who changed what.",
            "tenancy.read": "See users, roles and partner keys.",
            "tenancy.write": "Manage users, roles and partner keys.",
            "files.read": "See files and attachments, and fetch them.",
            "files.write": "Send files, attach them and take them away.",
            "mail.read": "See templates, mailings and the mails that were sent.",
            "mail.send": "Send mails to contacts and persons.",
            "mail.configure": "Write templates, release addresses.",
            "mail.bounces": "Report that mails came back; for a partner's program.",
            "documents.read": "See stored documents.",
            "documents.write": "Store documents that may be run by their hash, and remove them.",
            "views.share": "Share views of lists with the other users.",
            "imports.read": "See what was imported: files, rows and what became of them.",
            "imports.write": "Import files, and undo it; with the permission to write what they "
            "hold.",
            "jobs.read": "See the background jobs that others have started.",
            "exports.send": "Have exports sent to addresses of the domains that the tenant allows.",
            "jobs.manage": "Cancel, pause and resume the background jobs of others.",
            "schema.read": "Ask for the schema itself (introspection).",
        },
        tabs={
            "GENERAL": "contacts.read",
            "TIMELINE": "contacts.read",
            "ATTACHMENTS": "files.read",
            "HISTORY": "audit.read",
        },
    )


@hookimpl
def graphql_types() -> list[type]:
    return [
        contacts.ContactQueries,
        contacts.ContactSubscriptions,
        contact_suggestions.ContactSuggestions,
        contact_mutations.ContactMutations,
        contact_mutations.ContactGroupMutations,
        hierarchy_mutations.HierarchyMutations,
        hierarchy_preview.MovePreview,
        files.FileQueries,
        file_mutations.UploadMutations,
        attachments.ContactAttachments,
        attachments.AttachmentQueries,
        attachment_mutations.AttachmentMutations,
        audit.ContactHistory,
        audit.AuditQueries,
        custom_fields.CustomFieldQueries,
        custom_fields.ContactGroupCustomFields,
        custom_fields.ContactCustomValues,
        custom_field_mutations.CustomFieldMutations,
        custom_field_mutations.CustomValueMutations,
        custom_field_changes.CustomFieldPreviews,
        custom_field_changes.CustomFieldChanges,
        custom_field_shifts.GroupChangePreview,
        jobs.JobQueries,
        jobs.JobSubscriptions,
        timeline.ContactTimeline,
        views.ViewQueries,
        view_mutations.ViewMutations,
        jobs.JobRunQueries,
        job_mutations.JobMutations,
        export_mutations.ContactsExport,
        export_mutations.MailsExport,
        export_mutations.UsersExport,
        imports.ImportQueries,
        import_mutations.ImportMutations,
        import_mutations.ImportReports,
        mails.ContactMails,
        mails.MailQueries,
        mails_watched.MailingSubscriptions,
        mail_templates.TemplateQueries,
        mailbox.MailboxQueries,
        template_mutations.TemplateMutations,
        template_mutations.TemplateTest,
        mailing_mutations.MailingMutations,
        mail_mutations.BounceMutations,
        mail_mutations.ResendMutations,
        mail_mutations.MailMutations,
        documents.DocumentQueries,
        document_mutations.DocumentMutations,
        tenancy.TenancyQueries,
        tenancy_mutations.TenancyMutations,
    ]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [
        after(file_events.FileRemoved.name, file_handlers.file_removed),
        on(job_events.JobEnded.name, import_handlers.job_ended),
        on(mail_events.MailUnsubscribed.name, mail_handlers.mail_unsubscribed),
    ]


@hookimpl
def template_keywords() -> Sequence[KeywordSource]:
    return mail_keywords.SOURCES


@hookimpl
def mail_audiences() -> Sequence[Audience]:
    return mail_recipients.AUDIENCES


@hookimpl
def timeline_sources() -> Sequence[TimelineSource]:
    return [*attachment_timeline.SOURCES, *mail_timeline.SOURCES]


@hookimpl
def custom_field_targets() -> Sequence[CustomFieldTarget]:
    return [contact_custom.CONTACTS]


@hookimpl
def person_activity() -> Sequence[PersonActivity]:
    return personal.ACTIVITY


@hookimpl
def personal_data() -> Sequence[PersonalData]:
    return personal.DATA


@hookimpl
def overview_zones() -> Sequence[Zone]:
    return overview.ZONES


@hookimpl
def nightly_jobs() -> list[NightlyJob]:
    return [CHARTS, UNCLAIMED, EXPIRED, SERVED, CLOSED]


@hookimpl
def background_jobs() -> list[BackgroundJob]:
    return [EXPORT, *IMPORTS, *MAILINGS]


@hookimpl
def sheets() -> list[Sheet]:
    return [CONTACTS, MAILS, USERS]


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations", after=())

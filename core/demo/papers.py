"""The files that the story attaches: a picture and a few pages, made here."""

from __future__ import annotations

import asyncio
from io import BytesIO

from core.attachments.models import Attachment
from core.attachments.services import AttachmentKind, attach
from core.contacts.models import Contact
from core.files.pictures import thumbnail
from core.files.produced import keep, place_for_one
from core.files.services import release
from core.files.store import Kept, Store
from core.kit.session import TenantSession

PLAN = (
    "Plan de prévention",
    "Accès par la cour, se présenter à l'accueil.",
    "Coupure d'eau: vanne au sous-sol, local 2.",
    "Point de rassemblement: parking visiteurs.",
)
SCHEDULE = (
    "Échéancier proposé",
    "Trois règlements, le 5 de chaque mois.",
    "Reprise des interventions après le premier.",
)


async def attach_picture(
    session: TenantSession, store: Store, contact: Contact, filename: str, title: str, hue: int
) -> Attachment:
    picture = _facade(hue)
    return await _attach(
        session, store, contact, picture, filename, "image/jpeg", title, AttachmentKind.IMAGE
    )


async def attach_pages(
    session: TenantSession,
    store: Store,
    contact: Contact,
    filename: str,
    lines: tuple[str, ...],
    kind: AttachmentKind,
) -> Attachment:
    return await _attach(
        session, store, contact, _page(lines), filename, "application/pdf", lines[0], kind
    )


async def _attach(
    session: TenantSession,
    store: Store,
    contact: Contact,
    content: bytes,
    filename: str,
    content_type: str,
    title: str,
    kind: AttachmentKind,
) -> Attachment:
    with place_for_one(store) as path:
        path.write_bytes(content)
        small = thumbnail(path, content_type)
        file = await keep(session, store, path, filename, content_type)
        if small is not None:
            path.write_bytes(small)
            kept = Kept(session.tenant_id, file.sha256, is_small=True)
            await asyncio.to_thread(store.put, kept, path)
            file.has_thumbnail = True
    attachment = await attach(session, contact.id, file.id, kind, title)
    await release(session, file.id)  # the attachment has its own claim now
    return attachment


def _facade(hue: int) -> bytes:
    """A house front with rows of windows under the sky."""
    from PIL import Image, ImageColor, ImageDraw

    picture = Image.new("RGB", (960, 640), ImageColor.getrgb("hsl(205, 60%, 82%)"))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((120, 140, 840, 640), fill=f"hsl({hue}, 32%, 66%)")
    draw.polygon([(90, 140), (480, 40), (870, 140)], fill=f"hsl({hue}, 28%, 38%)")
    for floor in range(3):
        for window in range(6):
            left, top = 165 + window * 112, 185 + floor * 140
            draw.rectangle((left, top, left + 64, top + 90), fill="hsl(205, 45%, 90%)")
            draw.line((left + 32, top, left + 32, top + 90), fill=f"hsl({hue}, 28%, 38%)", width=4)
    draw.rectangle((440, 520, 520, 640), fill=f"hsl({hue}, 40%, 26%)")
    made = BytesIO()
    picture.save(made, "JPEG", quality=80)
    return made.getvalue()


def _page(lines: tuple[str, ...]) -> bytes:
    """A page of A4 in one of the fonts that every reader has."""
    shown = [_literal(line) for line in lines]
    body = b"BT /F 20 Tf 72 760 Td (" + shown[0] + b") Tj /F 12 Tf 0 -14 Td "
    body += b" ".join(b"0 -20 Td (" + line + b") Tj" for line in shown[1:]) + b" ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def _literal(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")

"""Small pictures of large ones."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

#: The longer side, in pixels.
SIDE = 320
#: A file of a few kilobytes may say that it unpacks to gigabytes.
MAX_PIXELS = 50_000_000
FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def thumbnail(path: Path, content_type: str) -> bytes | None:
    """*path* as a small WebP; None if it is no picture, is damaged, or unpacks to too much."""
    if content_type not in FORMATS:
        return None
    try:
        with Image.open(path, formats=[FORMATS[content_type]]) as whole:
            whole.draft("RGB", (2 * SIDE, 2 * SIDE))  # of a JPEG, a fraction is enough
            small = ImageOps.exif_transpose(whole)
            small.thumbnail((SIDE, SIDE))
            # A new picture: where and with what it was taken stays behind.
            plain = small.convert("RGBA" if small.has_transparency_data else "RGB")
            made = BytesIO()
            plain.save(made, "WEBP", quality=80)
    except (
        OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError,
        Image.DecompressionBombError, Image.DecompressionBombWarning,
    ):  # fmt: skip
        return None
    return made.getvalue()

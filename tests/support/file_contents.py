"""Small files of every kind that attachments may have, and of kinds that they may not."""

import io
import tarfile
import zipfile

from PIL import Image

from tests.support.photos import photo

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
MP4 = b"\0\0\0\x1cftypisom\0\0\x02\0isomiso2mp41\0\0\0\x08mdat"
TEXT = "Kessel verliert Wasser.\nDruck: 0,8 bar – täglich nachgefüllt.\n".encode()
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def pdf(title: str) -> bytes:
    """A PDF that differs from others."""
    return PDF.replace(b"trailer", b"%" + title.encode() + b"\ntrailer")


def image(kind: str) -> bytes:
    """A picture as Pillow writes it: `jpeg`, `png` or `webp`."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "orange").save(target, kind)
    return target.getvalue()


def zipped(before: bytes = b"", comment: bytes = b"") -> bytes:
    """A ZIP file that begins with other bytes."""
    target = io.BytesIO(before)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("setup.exe", b"MZ")
        archive.comment = comment
    return target.getvalue()


def tarred(name: str) -> bytes:
    """A tar archive; it begins with the name of its first file."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    return target.getvalue()


GOOD = {
    "image/jpeg": image("jpeg"),
    "image/png": image("png"),
    "image/webp": image("webp"),
    "image/heic": photo("image/heic"),
    "application/pdf": PDF,
    "text/plain": TEXT,
    "video/mp4": MP4,
}

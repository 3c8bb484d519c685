"""Photos and films as telephones take them: on their side, with the camera and the place noted beside them.

`photo.heic` was made as `photo` makes the others, with pillow-heif, whose encoder is no part of the portal.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

# What the camera notes wherever it can, so that it can be looked for in any file.
CAMERA = "Pocketcam 5"
PLACE = {1: "N", 2: (48.0, 8.0, 13.92), 3: "E", 4: (11.0, 34.0, 31.08)}
FILM_PLACE = b"+48.1372+011.5756+519/"
ON_ITS_SIDE = 6
WIDTH, HEIGHT = 48, 32
SRGB: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PHOTOS = ("image/jpeg", "image/png", "image/webp", "image/heic")
_XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tool="{CAMERA}"/></x:xmpmeta>'


def photo(
    media_type: str, *, mode: str = "RGB", size: tuple[int, int] = (WIDTH, HEIGHT), **options: Any
) -> bytes:
    """Red on the left and blue on the right as it lies, which is red above blue once it is upright."""
    if media_type == "image/heic":
        return Path(__file__).with_name("photo.heic").read_bytes()
    target = io.BytesIO()
    noted = {"exif": _exif(), "icc_profile": SRGB, **_texts(media_type)}
    _picture().resize(size).convert(mode).save(target, media_type.partition("/")[2], **noted | options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def corners(picture: Image.Image) -> list[str]:
    """What colour the top left and the bottom right corner have."""
    inside = ((3, 3), (picture.width - 4, picture.height - 4))
    pixels = [picture.convert("RGB").getpixel(at) for at in inside]
    return ["red" if pixel[0] > pixel[2] else "blue" for pixel in pixels]  # type: ignore[index]


def enormous() -> bytes:
    """A PNG of a few hundred bytes that says that it has 2.5 gigapixels."""
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def film() -> bytes:
    """An MP4 with the place as Android and as Apple write it, and its sound behind that."""
    track = box(b"trak", box(b"tkhd", bytes(84)), box(b"udta", box(b"name", CAMERA.encode())))
    keys = box(b"keys", b"\0\0\0\0\0\0\0\1", box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
    apple = box(b"meta", keys, box(b"ilst", box(b"\0\0\0\1", box(b"data", bytes(8), FILM_PLACE))))
    android = box(b"udta", box(b"\xa9xyz", b"\0\x16\x15\xc7", FILM_PLACE))
    moov = box(b"moov", box(b"mvhd", bytes(100)), track, apple, android)
    return box(b"ftyp", b"isom\0\0\x02\0isomiso2mp41") + moov + box(b"mdat", b"sound")


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an ISO base media file (ISO/IEC 14496-12)."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _picture() -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT), "red")
    picture.paste("blue", (WIDTH // 2, 0, WIDTH, HEIGHT))
    return picture


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = ON_ITS_SIDE
    exif[ExifTags.Base.Make] = CAMERA
    exif[ExifTags.IFD.GPSInfo] = PLACE
    return exif


def _texts(media_type: str) -> dict[str, Any]:
    if media_type == "image/png":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", CAMERA)
        texts.add_itxt("XML:com.adobe.xmp", _XMP)
        return {"pnginfo": texts}
    comment = {"comment": CAMERA} if media_type == "image/jpeg" else {}
    return {"xmp": _XMP.encode()} | comment


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

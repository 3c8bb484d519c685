"""Draws a picture anew: upright, in its colours, and without anything else that the file held."""

from io import BytesIO
from typing import Any, BinaryIO

import pi_heif
from PIL import Image, ImageCms, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from services.documents.rewriting.agreed import BECOMES, MOST_PIXELS

QUALITY = 90
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
# Belongs to the picture, as the profile of its colours does.
_KEPT = ("transparency",)
_OF_JPEG = ("L", "RGB", "CMYK")
# Our own bound takes the place of Pillow's, which is higher for some kinds and only warns at first.
Image.MAX_IMAGE_PIXELS = None
pi_heif.register_heif_opener(thumbnails=False)


class TooLarge(Exception):
    """A picture has more pixels than we draw, or would be a file larger than we keep."""


def redraw(source: BinaryIO, media_type: str) -> bytes:
    """The picture as a file of its kind, a HEIC as a JPEG; of several pictures in it, the first.

    The same file gives the same bytes again. Raises TooLarge, MemoryError, and whatever a decoder raises.
    """
    becomes = _FORMATS[BECOMES[media_type]]
    with Image.open(source, formats=[_FORMATS[media_type]]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TooLarge
        picture.load()
        how = {"icc_profile": _profile(picture), **_encoding(picture)}
        ImageOps.exif_transpose(picture, in_place=True)
        picture.info = {name: picture.info[name] for name in _KEPT if name in picture.info}
        drawn: Image.Image = picture
        if becomes == "JPEG" and picture.mode not in _OF_JPEG:
            drawn = picture.convert("RGB")
        target = BytesIO()
        try:
            drawn.save(target, becomes, **how)
        except ValueError as error:
            # So WebP says that it lacks memory, or that there is more to see than fits into its format.
            raise TooLarge from error
    return target.getvalue()


def _profile(picture: ImageFile.ImageFile) -> bytes | None:
    """How its colours are meant, without what lies behind that; none when it can't be read."""
    sent = picture.info.get("icc_profile")
    if not sent:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(sent)).tobytes()
    except OSError:
        return None


def _encoding(picture: ImageFile.ImageFile) -> dict[str, Any]:
    """How finely it is encoded: a JPEG as it was, so that it neither grows nor loses what can be seen."""
    if isinstance(picture, JpegImageFile):
        return {"qtables": picture.quantization, "subsampling": get_sampling(picture)}
    return {"quality": QUALITY}

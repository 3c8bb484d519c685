"""What the process that has a file written anew and the one that does it have agreed on."""

# What each kind that is written anew becomes: browsers other than Safari show no HEIC.
BECOMES = {
    "image/jpeg": "image/jpeg",
    "image/png": "image/png",
    "image/webp": "image/webp",
    "image/heic": "image/jpeg",
    "video/mp4": "video/mp4",
}
MEGAPIXELS = 64
MOST_PIXELS = MEGAPIXELS * 1024**2
# A picture of so many pixels takes 256 MiB, twice that while it is turned, and four times as a WebP.
MEMORY_BYTES = 1280 * 1024**2
# How the process ends that wrote nothing.
DAMAGED, TOO_LARGE = 10, 11

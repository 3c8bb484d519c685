"""Checks a history that the portal exported, offline: needs Python 3.11 and `pip install pyjwt cryptography`.

python verify_export.py history.json jwks.json
"""
# ruff: noqa: T201

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jwt

FORMAT = "mfr-portal-history/1"
ISSUER, AUDIENCE = "mfr-portal", "mfr-portal-history"


class Unreadable(Exception):
    """The files are not what they should be, so nothing can be said about the history."""


def damage(export: dict[str, Any], jwks: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the export, a line each; nothing when all is as the portal signed it."""
    signed = claims(export["signed_heads"], jwks)
    if signed["sub"] != export["company_id"]:
        yield f"the export names company {export['company_id']}, the signature company {signed['sub']}"
    heads = {}
    for stream in export["streams"]:
        name = f"{stream['stream_type']} {stream['stream_id']}"
        if stream["stream_id"] in heads:
            yield f"{name}: the stream is there twice"
        for problem in broken_links(stream, signed["sub"]):
            yield f"{name}, {problem}"
        ends = [[json.loads(event["text"])["version"], event["hash"]] for event in stream["events"]]
        heads[stream["stream_id"]] = max(ends, default=[0, ""])
    yield from differences(heads, signed["heads"])


def broken_links(stream: dict[str, Any], company_id: str) -> Iterator[str]:
    """What is wrong within a stream: each event follows the one before it, and says that it belongs here."""
    said = [json.loads(event["text"]) for event in stream["events"]]
    latest = 0
    for event in said:
        if event["version"] <= latest:
            yield f"{place(event)}: not in its place, it stands behind version {latest}"
        latest = max(latest, event["version"])
        owner = [event[name] for name in ("stream_type", "stream_id", "company_id")]
        if owner != [stream["stream_type"], stream["stream_id"], company_id]:
            yield f"{place(event)}: belongs to {' '.join(map(str, owner))}"
    before = sha256(f"mfr-portal/{stream['stream_type']}/{stream['stream_id']}".encode()).hexdigest()
    expected = 1
    for version, event, entry in sorted(
        ((event["version"], event, entry) for event, entry in zip(said, stream["events"], strict=True)),
        key=lambda each: each[0],
    ):
        if version > expected:
            yield f"version {', '.join(map(str, range(expected, version)))}: removed"
        elif sha256(bytes.fromhex(before) + entry["text"].encode()).hexdigest() != entry["hash"]:
            yield f"{place(event)}: changed, or the one before it was replaced"
        before, expected = entry["hash"], version + 1


def place(event: dict[str, Any]) -> str:
    return f"version {event['version']} at {event['partition']}:{event['position']}"


def differences(heads: dict[str, list[Any]], signed: dict[str, list[Any]]) -> Iterator[str]:
    """Where streams end otherwise than the portal has signed."""
    for stream_id, (version, hash) in signed.items():
        ends, found = heads.get(stream_id, [0, ""])
        if ends != version:
            yield f"stream {stream_id}: ends with version {ends}, signed was version {version}"
        elif found != hash:
            yield f"stream {stream_id}: its events are not those that were signed"
    for stream_id in heads.keys() - signed.keys():
        yield f"stream {stream_id}: put in, it was not signed"


def claims(token: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """What the portal signed: `sub` is the company, `iat` the time, `heads` [version, hash] by stream.

    Only a key that signs histories counts, which may speak for no kind of caller. Raises Unreadable.
    """
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        entry = next(key for key in jwks["keys"] if key["kid"] == kid and not key["kinds"])
        key = jwt.PyJWK(entry, algorithm="EdDSA").key
        signed: dict[str, Any] = jwt.decode(
            token, key, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options={"verify_iat": False}
        )
    except StopIteration:
        raise Unreadable("The heads are signed with a key that is not in the list of keys.") from None
    except jwt.PyJWTError as error:
        raise Unreadable(f"The signature of the heads is not good: {error}.") from None
    return signed


def main(export_file: str, jwks_file: str) -> None:
    try:
        with (
            open(export_file, encoding="utf-8") as export_text,
            open(jwks_file, encoding="utf-8") as jwks_text,
        ):
            export, jwks = json.load(export_text), json.load(jwks_text)
        if export["format"] != FORMAT:
            raise Unreadable(f"{export_file} is no {FORMAT}.")
        problems = list(damage(export, jwks))
    except (Unreadable, OSError) as error:
        sys.exit(str(error))
    except (ValueError, LookupError, TypeError) as error:
        sys.exit(f"The files can't be read as a history and its keys: {error!r}")
    for problem in problems:
        print(problem)
    if problems:
        sys.exit("The history is not what the portal signed.")
    count = sum(len(stream["events"]) for stream in export["streams"])
    at = datetime.fromtimestamp(claims(export["signed_heads"], jwks)["iat"], UTC)
    print(f"ok: {count} events of {len(export['streams'])} streams, as signed on {at:%Y-%m-%d at %H:%M} UTC")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: verify_export.py history.json jwks.json")
    main(*sys.argv[1:])

"""Leaves out of a stylesheet what no page uses, so that a phone needn't fetch it."""

import re
from collections.abc import Iterator

_CLASS = re.compile(r"\.(-?[A-Za-z_][A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]*)*)")
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|url\([^\"')]*\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NESTING = ("@media", "@supports", "@layer", "@container")


def only_used(css: str, classes: frozenset[str]) -> str:
    """The rules of a stylesheet whose classes are all among those given; rules without a class stay."""
    return "".join(_kept(_COMMENT.sub("", css), classes))


def _kept(css: str, classes: frozenset[str]) -> Iterator[str]:
    for head, body in _blocks(css):
        if body is None:
            yield f"{head};"
        elif head.startswith(_NESTING):
            if inner := "".join(_kept(body, classes)):
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif selectors := [each for each in _selectors(head) if _is_used(each, classes)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Each rule's head and what is between its braces; None where there are none."""
    strings = {at: match.end() for match in _STRING.finditer(css) for at in [match.start()]}
    start = opened = depth = at = 0
    while at < len(css):
        if at in strings:
            at = strings[at]
            continue
        match css[at]:
            case "{":
                depth += 1
                opened = at if depth == 1 else opened
            case "}":
                depth -= 1
                if depth == 0:
                    yield css[start:opened].strip(), css[opened + 1 : at]
                    start = at + 1
            case ";" if depth == 0:
                yield css[start:at].strip(), None
                start = at + 1
        at += 1


def _selectors(head: str) -> list[str]:
    """The selectors of a rule; a comma within brackets parts none."""
    found, depth = [""], 0
    for character in head:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return found


def _is_used(selector: str, classes: frozenset[str]) -> bool:
    """Whether all classes are used that it needs; those within :not() or :is() may be missing."""
    while (shorter := re.sub(r"\([^()]*\)", "", selector)) != selector:
        selector = shorter
    return all(name.replace("\\", "") in classes for name in _CLASS.findall(selector))

"""Says how hard a password is to guess while it is typed."""

from flask import Blueprint, Response, jsonify

from services.gateway.forms import secret, typed
from services.gateway.languages import translatable, translated
from shared.identity.strength import LENGTH, strength

_WORDS = (
    translatable("sehr leicht zu erraten"),
    translatable("leicht zu erraten"),
    translatable("noch zu leicht zu erraten"),
    translatable("gut"),
    translatable("sehr gut"),
)
TOO_SHORT = translatable("noch zu kurz")
pages = Blueprint("strengths", __name__)


@pages.post("/password-strength")
def show() -> Response:
    """`words` are what the page knows of the password's owner. Nothing of it is kept."""
    password = secret("password")
    found = strength(password, typed("words")["words"].split("\n"))
    short = len(password) < LENGTH[0]
    text = translated(TOO_SHORT if short else _WORDS[found.score])
    return jsonify(score=min(found.score, 1) if short else found.score, enough=found.is_enough, text=text)

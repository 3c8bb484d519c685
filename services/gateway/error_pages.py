"""What the pages of errors say, and which error gets which."""

from dataclasses import dataclass

from services.gateway.languages import translatable
from shared.contracts import errors as contract
from shared.contracts.errors import PortalError
from shared.files.store import FileTooLarge


@dataclass(frozen=True)
class Page:
    status: int
    title: str
    text: str


NOT_FOUND = Page(
    404,
    translatable("Das haben wir nicht gefunden"),
    translatable(
        "Die Seite gibt es nicht, oder sie gehört zu einem anderen Unternehmen. "
        "Vielleicht wurde der Eintrag inzwischen entfernt."
    ),
)
FORBIDDEN = Page(
    403,
    translatable("Dieser Bereich ist nicht für Ihr Konto"),
    translatable("Sie sind mit einem Konto angemeldet, das diese Seite nicht sehen darf."),
)
UNAVAILABLE = Page(
    503,
    translatable("Das Portal ist gerade nicht erreichbar"),
    translatable(
        "Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal. "
        "Andere Bereiche des Portals gehen vielleicht trotzdem."
    ),
)
INTERNAL = Page(
    500,
    translatable("Da ist uns ein Fehler passiert"),
    translatable("Bitte versuchen Sie es noch einmal. Bleibt der Fehler, nennen Sie uns diese Kennung:"),
)
INVALID = Page(
    400,
    translatable("Diese Adresse stimmt nicht"),
    translatable("Bitte gehen Sie zurück und versuchen Sie es von dort aus."),
)
BROKEN_OFF = Page(
    400,
    translatable("Das ist nicht vollständig angekommen"),
    translatable("Gespeichert wurde nichts. Bitte gehen Sie zurück und senden Sie es noch einmal ab."),
)
REFUSED = Page(
    409,
    translatable("Das geht zurzeit nicht"),
    translatable("Bitte laden Sie die vorige Seite neu und versuchen Sie es noch einmal."),
)
NOT_ACTIVE = Page(
    409,
    translatable("Das Kundenportal ist ausgeschaltet"),
    translatable(
        "Ihr Dienstleister bietet das Kundenportal zurzeit nicht an. Bitte wenden Sie sich direkt an ihn."
    ),
)
TOO_LARGE = Page(
    413,
    translatable("Das ist zu viel Text"),
    translatable("Bitte gehen Sie zurück, kürzen Sie den Text und senden Sie ihn noch einmal."),
)
FILE_TOO_LARGE = Page(
    413,
    translatable("Diese Datei ist zu groß"),
    translatable(
        "Erlaubt sind 25 MB, und gespeichert wurde nichts. Bitte gehen Sie im Browser zurück und wählen Sie "
        "eine kleinere Datei."
    ),
)
TOO_SLOW = Page(
    408,
    translatable("Das hat zu lange gedauert"),
    translatable(
        "Was Sie gesendet haben, kam zu langsam bei uns an. Bitte prüfen Sie Ihre Verbindung und versuchen "
        "Sie es noch einmal."
    ),
)
EXPIRED_FORM = Page(
    400,
    translatable("Das Formular ist nicht mehr gültig"),
    translatable(
        "Sie haben sich inzwischen neu an- oder abgemeldet, oder Ihr Browser nimmt keine Cookies an. "
        "Bitte gehen Sie zurück, laden Sie die Seite neu und senden Sie das Formular noch einmal."
    ),
)
TOO_MANY = Page(
    429,
    translatable("Das waren zu viele Versuche"),
    translatable("Bitte warten Sie ein paar Minuten, und versuchen Sie es dann noch einmal."),
)
METHOD = Page(
    405,
    translatable("So lässt sich diese Seite nicht aufrufen"),
    translatable("Bitte beginnen Sie auf der Startseite."),
)
SILENT = Page(
    503,
    translatable("Ein Teil des Portals antwortet gerade nicht"),
    translatable(
        "Es ist nichts verloren. Bitte versuchen Sie es in einer Minute noch einmal. "
        "Die anderen Bereiche können Sie weiter benutzen."
    ),
)
# What people know each service by.
PARTS = {
    "invitation": translatable("Anmeldung und Konto"),
    "customers": translatable("Unternehmen, Kontakte und Einstellungen"),
    "requests": translatable("Anfragen senden und beantworten"),
    "orders": translatable("Aufträge und Termine planen"),
    "documents": translatable("Dateien, Angebote und Veröffentlichen"),
    "notifications": translatable("E-Mails"),
    "portal_read": translatable("die Übersicht des Kunden mit Anfragen, Terminen, Anlagen und Dokumenten"),
}
BY_ERROR: dict[type[PortalError], Page] = {
    contract.NotFound: NOT_FOUND,
    contract.Forbidden: FORBIDDEN,
    contract.Unavailable: UNAVAILABLE,
    contract.DeadlineExceeded: UNAVAILABLE,
    contract.ValidationFailed: INVALID,
    contract.MalformedRequest: BROKEN_OFF,
    contract.Conflict: REFUSED,
    contract.InvalidTransition: REFUSED,
    contract.PortalNotActive: NOT_ACTIVE,
    contract.TooManyAttempts: TOO_MANY,
    FileTooLarge: FILE_TOO_LARGE,
}
BY_STATUS = {
    page.status: page for page in (INVALID, FORBIDDEN, NOT_FOUND, METHOD, TOO_SLOW, TOO_LARGE, TOO_MANY)
}

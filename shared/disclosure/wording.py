"""What happened, and what is said of it, in words: German first, then English."""

HAPPENINGS = {
    "contact_added": ("Als Ansprechpartner eingetragen", "Entered as a contact"),
    "contact_updated": ("Angaben geändert", "Details changed"),
    "contact_removed": ("Als Ansprechpartner entfernt", "Removed as a contact"),
    "main_contact_set": ("Hauptansprechpartner geworden", "Became the main contact"),
    "customer_invited": ("Ins Portal eingeladen", "Invited to the portal"),
    "invitation_resent": ("Einladung noch einmal gesendet", "Invitation sent again"),
    "account_activated": ("Zugang eingerichtet", "Account set up"),
    "password_reset_requested": ("Neues Passwort angefordert", "New password asked for"),
    "password_changed": ("Passwort geändert", "Password changed"),
    "attachment_stored": ("Datei hochgeladen", "File uploaded"),
    "request_submitted": ("Anfrage gestellt", "Request submitted"),
    "request_withdrawn": ("Anfrage zurückgezogen", "Request withdrawn"),
    "request_accepted": ("Anfrage angenommen", "Request accepted"),
    "request_declined": ("Anfrage abgelehnt", "Request declined"),
    "order_created": ("Auftrag angelegt", "Order created"),
    "offer_accepted": ("Angebot angenommen", "Offer accepted"),
    "offer_declined": ("Angebot abgelehnt", "Offer declined"),
    "mail_sent": ("E-Mail gesendet", "E-mail sent"),
    "mail_failed": ("E-Mail konnte nicht zugestellt werden", "E-mail could not be delivered"),
}
"""By the type of the event; of one that is missing here, the type itself is shown."""

FIELDS = {
    "first_name": ("Vorname", "First name"),
    "last_name": ("Nachname", "Last name"),
    "email": ("E-Mail", "E-mail"),
    "phone": ("Telefon", "Phone"),
    "language": ("Sprache", "Language"),
    "number": ("Nummer", "Number"),
    "title": ("Betreff", "Title"),
    "description": ("Beschreibung", "Description"),
    "note": ("Antwort", "Answer"),
    "reason": ("Begründung", "Reason"),
    "filename": ("Datei", "File"),
    "template": ("Worum es ging", "What it was about"),
}
"""What the page shows of an entry; all the rest is in the JSON beside it."""

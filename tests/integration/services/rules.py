"""Who may call what, written down once more: a method that is not listed here fails the walk."""

from shared.messaging.rpc import CUSTOMER, OPERATOR, SERVICE, STAFF

RULES = {
    "customers.register_provider": {OPERATOR},
    "customers.provider": {STAFF, CUSTOMER},
    "customers.register_company": {STAFF},
    "customers.companies": {STAFF},
    "customers.company": {STAFF},
    "customers.add_contact": {STAFF},
    "customers.set_main_contact": {STAFF},
    "customers.remove_contact": {STAFF},
    "customers.add_site": {STAFF},
    "customers.add_equipment": {STAFF},
    "invitation.activate_portal": {STAFF},
    "invitation.deactivate_portal": {STAFF},
    "invitation.portal_status": {STAFF},
    "invitation.invite": {STAFF},
    "invitation.revoke": {STAFF},
    "invitation.issue_token": {SERVICE, OPERATOR},
    "invitation.register_staff": {OPERATOR},
    "orders.orders": {STAFF},
    "orders.order": {STAFF},
    "orders.schedule_appointment": {STAFF},
    "orders.reschedule_appointment": {STAFF},
    "orders.cancel_appointment": {STAFF},
    "orders.complete_appointment": {STAFF},
    "orders.complete_order": {STAFF},
    "portal_read.dashboard": {CUSTOMER},
    "portal_read.sites": {CUSTOMER},
    "portal_read.equipment": {CUSTOMER},
    "portal_read.appointments": {CUSTOMER},
    "portal_read.requests": {CUSTOMER},
    "portal_read.request": {CUSTOMER},
    "portal_read.settings": {CUSTOMER},
    "requests.submit": {CUSTOMER},
    "requests.withdraw": {CUSTOMER},
    "requests.accept": {STAFF},
    "requests.decline": {STAFF},
    "requests.requests": {CUSTOMER, STAFF},
    "requests.request": {CUSTOMER, STAFF},
}

# Whoever comes to these has no token yet, or brings a secret of another kind.
OPEN_TO_ANYONE = {
    "invitation.accept",
    "invitation.check",
    "invitation.keys",
    "invitation.refresh",
    "invitation.sign_in",
    "invitation.sign_out",
}

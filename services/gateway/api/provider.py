"""The back office: the plugin, companies with contacts, sites and equipment, invitations, and mails sent."""

from services.gateway.api.resource import Resource
from shared.contracts import customers, invitation, notifications
from shared.contracts.values import Nothing

api = Resource("Provider: companies", "For staff: the provider, its customers, and who is invited.")
api.query("/provider", "customers.provider", Nothing, customers.ProviderView, "The caller's own provider.")
api.command(
    "PATCH",
    "/provider",
    "customers.update_provider",
    customers.UpdateProvider,
    summary="Change the caller's own provider; what is left out stays as it is.",
)
api.query(
    "/provider/portal",
    "invitation.portal_status",
    Nothing,
    invitation.PortalStatus,
    "Whether the plugin “Kundenportal” is on.",
)
api.command(
    "POST", "/provider/portal/activate", "invitation.activate_portal", summary="Switch the plugin on."
)
api.command(
    "POST", "/provider/portal/deactivate", "invitation.deactivate_portal", summary="Switch the plugin off."
)
api.query(
    "/provider/companies",
    "customers.companies",
    customers.ListCompanies,
    customers.CompanyPage,
    "The companies by name, or those that `search` finds.",
)
api.command(
    "POST",
    "/provider/companies",
    "customers.register_company",
    customers.RegisterCompany,
    summary="Register a company.",
    answer=customers.CompanyRegisteredResult,
    status=201,
)
api.query(
    "/provider/companies/<uuid:company_id>",
    "customers.company",
    customers.CompanyById,
    customers.CompanyView,
    "A company with its contacts, sites and equipment.",
)
api.command(
    "PATCH",
    "/provider/companies/<uuid:company_id>",
    "customers.update_company",
    customers.UpdateCompany,
    summary="Change a company; what is left out stays as it is.",
)
api.command(
    "PUT",
    "/provider/companies/<uuid:company_id>/main-contact",
    "customers.set_main_contact",
    customers.SetMainContact,
    summary="Choose the contact who is invited to the portal.",
)
api.command(
    "POST",
    "/provider/contacts",
    "customers.add_contact",
    customers.AddContact,
    summary="Add a contact to a company.",
    answer=customers.ContactAddedResult,
    status=201,
)
api.command(
    "PATCH",
    "/provider/contacts/<uuid:contact_id>",
    "customers.update_contact",
    customers.UpdateContact,
    summary="Change a contact; what is left out stays as it is.",
)
api.command(
    "DELETE",
    "/provider/contacts/<uuid:contact_id>",
    "customers.remove_contact",
    customers.ContactById,
    summary="Remove a contact.",
)
api.command(
    "POST",
    "/provider/sites",
    "customers.add_site",
    customers.AddSite,
    summary="Add a site to a company.",
    answer=customers.SiteAddedResult,
    status=201,
)
api.command(
    "PATCH",
    "/provider/sites/<uuid:site_id>",
    "customers.update_site",
    customers.UpdateSite,
    summary="Change a site, both coordinates at once; what is left out stays as it is.",
)
api.command(
    "DELETE",
    "/provider/sites/<uuid:site_id>",
    "customers.remove_site",
    customers.SiteById,
    summary="Remove a site and the equipment at it.",
)
api.command(
    "POST",
    "/provider/equipment",
    "customers.add_equipment",
    customers.AddEquipment,
    summary="Add a device to a site.",
    answer=customers.EquipmentAddedResult,
    status=201,
)
api.command(
    "PATCH",
    "/provider/equipment/<uuid:equipment_id>",
    "customers.update_equipment",
    customers.UpdateEquipment,
    summary="Change a device; what is left out stays as it is.",
)
api.command(
    "DELETE",
    "/provider/equipment/<uuid:equipment_id>",
    "customers.remove_equipment",
    customers.EquipmentById,
    summary="Remove a device.",
)
api.query(
    "/provider/invitations",
    "invitation.invitations",
    invitation.ListInvitations,
    invitation.InvitationPage,
    "The invitations, or a company's, newest first.",
)
api.command(
    "POST",
    "/provider/invitations",
    "invitation.invite",
    invitation.Invite,
    summary="Invite a company's main contact; what is missing for that is named.",
    answer=invitation.InvitedResult,
    status=201,
)
api.query(
    "/provider/companies/<uuid:company_id>/invitation-conditions",
    "invitation.conditions",
    invitation.Invite,
    invitation.InvitationConditions,
    "What is missing for inviting a company's main contact.",
)
api.command(
    "POST",
    "/provider/invitations/<uuid:invitation_id>/resend",
    "invitation.resend",
    invitation.InvitationById,
    summary="Send an invitation again; the old link ends at once.",
    answer=invitation.InvitedResult,
)
api.command(
    "POST",
    "/provider/invitations/<uuid:invitation_id>/revoke",
    "invitation.revoke",
    invitation.InvitationById,
    summary="End an invitation.",
)
api.query(
    "/provider/deliveries",
    "notifications.deliveries",
    notifications.ListDeliveries,
    notifications.DeliveryPage,
    "Mails: what was sent to whom, when, with which result; newest first.",
)

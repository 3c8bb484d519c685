"""Who may use the portal: activation, invitations, accounts, sessions."""

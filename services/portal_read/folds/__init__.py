"""What each event means for the customer's view: a module for each service whose events they are.

A fold gets the event as it was recorded, ids, times and choices as text, and passes them on.
"""

from services.portal_read import tables
from shared.projections.projection import Projection

PORTAL = Projection(tables.NAME, tables.VERSION, tables.projected)
projects = PORTAL.projects

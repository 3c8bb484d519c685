"""The queues of the portal's own subscriptions; other tests add one of a sample service to the registry."""

from deploy.stack import SERVICES
from shared.contracts.subscriptions import SUBSCRIPTIONS, queue_name

EVENT_TYPES = {
    queue_name(service, type): type for service in SERVICES for type in SUBSCRIPTIONS.get(service, ())
}
QUEUES = list(EVENT_TYPES)

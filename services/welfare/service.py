"""The service that owns fund accounts and aid."""

from shared.directory.views import declare
from shared.kernel.service import Service

service = Service("welfare", views_version=3)
declare(service)

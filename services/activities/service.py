"""The service that owns activities."""

from shared.directory.views import declare
from shared.kernel.service import Service

service = Service("activities", views_version=3)
declare(service)

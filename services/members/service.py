"""The service that owns organisations, memberships and authority."""

from shared.directory.views import declare
from shared.kernel.service import Service

service = Service("members", views_version=2)
declare(service)

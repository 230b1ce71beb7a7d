"""A proxy before two servers and an app of Django, until Ctrl-C or SIGTERM."""

import signal
from contextlib import suppress

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from proxykit import Manager


def ping(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "pong"})


urlpatterns = [path("ping", ping)]

# A project has these in its settings, and the app in its wsgi.py or asgi.py.
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
app = get_wsgi_application()

signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends it as Ctrl-C does

with Manager() as manager, suppress(KeyboardInterrupt):
    manager.add_route("/proxy/", ["http://localhost:8081", "http://localhost:8082"])
    manager.mount("/", app)
    manager.start("127.0.0.1:8080")
    print(f"listening on http://{manager.address}", flush=True)
    manager.wait()

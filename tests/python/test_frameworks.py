"""Apps of the usual frameworks below a prefix: their links lead back to them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request

from proxykit import Manager
from support import request


def of_fastapi() -> Any:
    app = FastAPI()

    @app.get("/items/{number}", name="item")
    async def item(request: Request, number: int) -> dict[str, object]:
        return {"number": number, "link": str(request.url_for("item", number=7))}

    return app


def of_starlette() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Mount, Route

    def item(request: Request) -> JSONResponse:
        link = str(request.url_for("inner:item", number=7))
        return JSONResponse({"number": request.path_params["number"], "link": link})

    route = Route("/{number:int}", item, name="item")
    return Starlette(routes=[Mount("/items", routes=[route], name="inner")])


def of_flask() -> Any:
    from flask import Flask, url_for

    app = Flask(__name__)

    @app.get("/items/<int:number>")
    def item(number: int) -> dict[str, object]:
        return {"number": number, "link": url_for("item", number=7, _external=True)}

    return app


def of_django(kind: str) -> Callable[[], Any]:
    def make() -> Any:
        from django import conf, http, urls
        from django.core.asgi import get_asgi_application
        from django.core.wsgi import get_wsgi_application

        def item(request: Any, number: int) -> Any:
            link = request.build_absolute_uri(urls.reverse("item", args=[7]))
            return http.JsonResponse({"number": number, "link": link})

        module = sys.modules[__name__]
        module.urlpatterns = [urls.path("items/<int:number>", item, name="item")]  # type: ignore[attr-defined]
        if not conf.settings.configured:
            conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
        return {"asgi": get_asgi_application, "wsgi": get_wsgi_application}[kind]()

    return make


APPS: dict[str, Callable[[], Any]] = {
    "fastapi": of_fastapi,
    "starlette": of_starlette,
    "flask": of_flask,
    "django-wsgi": of_django("wsgi"),
    "django-asgi": of_django("asgi"),
}


@pytest.mark.parametrize("name", APPS)
@pytest.mark.parametrize("prefix", ["/app", "/"])
def test_links_lead_back(manager: Manager, name: str, prefix: str) -> None:
    manager.mount(prefix, APPS[name]())
    manager.start("127.0.0.1:0")
    path = prefix.rstrip("/") + "/items/3"
    answer = request(manager.address, path)
    assert answer.status == 200, answer.body
    told = json.loads(answer.body)
    assert told["number"] == 3
    assert told["link"] == f"http://{manager.address}{prefix.rstrip('/')}/items/7"
    again = request(manager.address, told["link"].partition(manager.address)[2])
    assert json.loads(again.body)["number"] == 7


def test_the_documentation_of_fastapi_is_found(manager: Manager) -> None:
    manager.mount("/app", of_fastapi())
    manager.start("127.0.0.1:0")
    assert "/app/openapi.json" in request(manager.address, "/app/docs").body
    assert json.loads(request(manager.address, "/app/openapi.json").body)["servers"] == [{"url": "/app"}]

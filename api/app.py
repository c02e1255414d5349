"""The FastAPI application: routes, pages, errors and what surrounds them, around one container."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module, metadata
from pathlib import Path

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import api.routes
from api import documentation, errors
from api.limits import BodyLimit
from api.middleware import API, CustomerCors, RequestLog, SecurityHeaders
from api.web.failures import error_page
from assistant.container import Container

_STATIC = Path(__file__).parent / "web" / "static"


def create_app(container: Container) -> FastAPI:
    """The application for one container; who opened the container closes it.

    While the application lives, so does what the container does in the background.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        background = container.running()
        await anyio.to_thread.run_sync(background.__enter__)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(background.__exit__, None, None, None)

    app = FastAPI(
        title="Askdesk",
        version=metadata.version("askdesk"),
        description=documentation.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        # Nothing is measured for anyone but this installation's own /metrics.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.container = container
    app.state.error_page = error_page
    errors.install(app)
    for module in _modules():
        for name, prefix in (("router", API), ("root", "")):
            if isinstance(router := getattr(module, name, None), APIRouter):
                app.include_router(router, prefix=prefix)
    app.include_router(documentation.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    _surround(app, container)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _modules() -> list[object]:
    # Customers' addresses first: a request is held against one router after another.
    names = sorted((module.name for module in pkgutil.iter_modules(api.routes.__path__)), key=_customers_first)
    return [import_module(f"api.routes.{name}") for name in names]


def _customers_first(name: str) -> tuple[bool, str]:
    return name != "chat", name


def _surround(app: FastAPI, container: Container) -> None:
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestLog, container=container)
    app.add_middleware(CustomerCors, container=container)
    app.add_middleware(SecurityHeaders, container=container)
    proxies = container.settings.trusted_proxies
    if proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=proxies)

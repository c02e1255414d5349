"""All pages: for customers here, for staff in modules of their own."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from fastapi import APIRouter

import api.web

root = APIRouter(include_in_schema=False)
for _module in sorted(found.name for found in pkgutil.iter_modules(api.web.__path__) if found.name.endswith("pages")):
    root.include_router(import_module(f"api.web.{_module}").router)

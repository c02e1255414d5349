"""What every page shares: brand, language, theme, who is signed in, and the way around."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from api import auth
from api.web.i18n import LOCALE_NAMES, translator
from api.web.rendering import Pages
from assistant.container import Container
from assistant.domain import locales
from assistant.domain.people import Person, Right

LANGUAGE_COOKIE = "askdesk_lang"
THEME_COOKIE = "askdesk_theme"
_YEAR = 31_536_000

# Label, address, icon, right, shortcut of each part of the product for people who sign in.
_PARTS = (
    ("Tickets", "/desk", "inbox", Right.READ_TICKETS, "g t"),
    ("Numbers", "/desk/insights", "chart", Right.SEE_INSIGHTS, "g i"),
    ("Articles", "/editor", "book", Right.EDIT_ARTICLES, "g a"),
    ("Unresolved questions", "/editor/gaps", "info", Right.EDIT_ARTICLES, "g q"),
    ("Settings", "/admin", "settings", Right.ADMINISTER, "g s"),
)


def page_locale(request: Request, person: Person | None = None, default: str = "en") -> str:
    """The language of a page: what the address says, then the cookie, the person's own, the browser's, the default."""
    said = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE), person.locale if person else "")
    browser = [part.split(";")[0] for part in request.headers.get("accept-language", "").split(",")]
    for wanted in (*said, *browser, default):
        try:
            locale = locales.normalize(wanted) if wanted else ""
        except ValueError:
            continue
        if locale in LOCALE_NAMES:
            return locale
    return "en"


def _relative(request: Request, locale: str) -> str:
    """The address of this very page in another language; without a host, which a proxy may know by another name."""
    return f"?{request.url.include_query_params(lang=locale).query}"


class Site:
    """Renders the installation's pages. One for an application."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._pages: dict[str, Pages] = {}

    def page(
        self,
        request: Request,
        template: str,
        *,
        title: str,
        person: Person | None = None,
        locale: str = "",
        status: int = 200,
        **context: Any,
    ) -> Response:
        """A page in the reader's language. A language named in the address is remembered."""
        settings = self._container.installation.current()
        chosen = locale or page_locale(request, person, settings.site.default_locale)
        words = translator(chosen, self._container.to_traditional)
        look = settings.look
        frame = {
            "status": status,
            "title": words(title) if title else look.name,
            "brand": {"name": look.name, "logo_url": f"/files/{look.logo}" if look.logo else None},
            "theme": request.cookies.get(THEME_COOKIE, ""),
            "csrf_token": auth.csrf_token(request, self._container) if person is not None else "",
            "locale_urls": {code: _relative(request, code) for code in LOCALE_NAMES},
        }
        if person is not None:
            frame |= {
                "user": {"name": person.display_name, "email": person.email, "id": person.id},
                "nav": self._nav(request, person, words),
                "home_url": "/desk" if person.may(Right.READ_TICKETS) else "/editor",
            }
        zone = settings.hours.time_zone
        pages = self._pages.get(zone)
        if pages is None:
            pages = self._pages[zone] = Pages(self._container.to_traditional, ZoneInfo(zone))
        response = HTMLResponse(pages.render(template, chosen, **{**frame, **context}), status)
        response.headers["Cache-Control"] = "no-store" if person is not None else "private, no-cache"
        if request.query_params.get("lang"):
            response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR, samesite="lax")
        return response

    @staticmethod
    def _nav(request: Request, person: Person, words: Any) -> list[dict[str, Any]]:
        path = request.url.path
        allowed = [part for part in _PARTS if person.may(part[3])]
        current = max((part[1] for part in allowed if path.startswith(part[1])), key=len, default="")
        return [
            {"label": words(label), "href": href, "icon": icon, "current": href == current, "shortcut": shortcut}
            for label, href, icon, _right, shortcut in allowed
        ]


def site(request: Request) -> Site:
    """The application's pages."""
    state = request.app.state
    if not hasattr(state, "site"):
        state.site = Site(state.container)
    found: Site = state.site
    return found

"""The head of each page before any script has run: its title, icon, and what a link preview shows.

Streamlit serves one file for all pages; previews are made of that, by programs that run no scripts.
"""

import re
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui import brand

TITLE = re.compile(rb"<title>.*?</title>")
LINK = re.compile(rb'<link rel="shortcut icon"[^>]*>')
SMALL = 100_000  # bytes: a page larger than this is not Streamlit's


class Head:
    """Middleware that writes our own title, icon and description into the pages' HTML."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or "." in scope["path"].rsplit("/", 1)[-1]:
            await self.app(scope, receive, send)
            return
        plain = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        page = Page(head(Request(scope)), send)
        await self.app({**scope, "headers": plain}, receive, page.send)


class Page:
    """One response, whose head is rewritten where it is a page."""

    def __init__(self, head: bytes, send: Send) -> None:
        self._head, self._send = head, send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Pass on what the server sends; a page's HTML once all of it is there."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        found = TITLE.sub(lambda _: self._head, LINK.sub(b"", self._body), count=1)
        headers = MutableHeaders(raw=list(start["headers"]))
        if self._body:  # the answer to HEAD has none
            headers["Content-Length"] = str(len(found))
        for name in ("etag", "last-modified"):  # of a file that we have changed
            del headers[name]
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": found})


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    return (
        html
        and "content-encoding" not in headers
        and int(headers.get("content-length", SMALL)) < SMALL
    )


def head(request: Request) -> bytes:
    """Title, icon, description and preview of the page that is asked for, as HTML."""
    here = request.url.path.rsplit("/", 1)[-1].replace("_", " ")
    names = {"report": "Report card", "": "Explore"} | {
        name.lower(): name for name in brand.SENTENCES
    }
    name = names.get(here, "Explore")
    title = brand.NAME if name == "Explore" else f"{name} · {brand.NAME}"
    words = f"{brand.SENTENCES[name]} {brand.DESCRIPTION}"
    base = str(request.base_url)
    properties = {
        "og:type": "website",
        "og:site_name": brand.NAME,
        "og:title": f"{title}: {brand.WHAT}",
        "og:description": words,
        "og:image": f"{base}preview.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "The map of ten thousand handwritten digits, and the digit under the hand.",
    }
    lines = [
        f"<title>{escape(title)}</title>",
        f'<link rel="icon" href="{brand.icon_address()}">',
        f'<meta name="description" content="{escape(words)}">',
        '<meta name="twitter:card" content="summary_large_image">',
        *(
            f'<meta property="{key}" content="{escape(value)}">'
            for key, value in properties.items()
        ),
    ]
    return "\n".join(lines).encode()


def preview(_request: Request) -> FileResponse:
    """The picture of a link's preview."""
    return FileResponse(brand.PREVIEW, headers={"Cache-Control": "public, max-age=86400"})


ROUTES = [Route("/preview.png", preview)]

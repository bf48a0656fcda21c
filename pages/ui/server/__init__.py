"""The web server around the pages: what it serves beside them, and what it takes from strangers."""

from starlette.middleware import Middleware

from pages.ui.server import files, head, live, lives
from pages.ui.server.head import Head
from pages.ui.server.messages import Messages
from pages.ui.server.uploads import Uploads

MIDDLEWARE = [Middleware(Messages), Middleware(Uploads), Middleware(Head)]
ROUTES = [*files.ROUTES, *head.ROUTES, *live.ROUTES, *lives.ROUTES]

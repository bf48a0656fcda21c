"""One upload by a visitor without a browser, as Streamlit's uploader sends it."""

import http.client
import uuid
from contextlib import suppress
from urllib.parse import urlsplit

BOUNDARY = "digit"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="digit.png"\r\n'
    "Content-Type: image/png\r\n\r\n"
).encode()


class Upload:
    """A file on its way to a session; it may be sent in two parts."""

    def __init__(self, address: str, session: str, content: bytes) -> None:
        """Obtain the token that the server wants back, and announce the file."""
        self.name = str(uuid.uuid4())
        self.http = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self.http.request("GET", "/_stcore/health")
        answer = self.http.getresponse()
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        answer.read()
        self.rest = HEAD + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        self.http.putrequest("PUT", f"/_stcore/upload_file/{session}/{self.name}")
        self.http.putheader("Cookie", cookie)
        self.http.putheader("X-Xsrftoken", cookie.split("=", 1)[1])
        self.http.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        self.http.putheader("Content-Length", str(len(self.rest)))
        self.http.endheaders()

    def begin(self) -> None:
        """Send the first bytes."""
        self.http.send(self.rest[:1000])
        self.rest = self.rest[1000:]

    def end(self) -> int:
        """Send the rest: the status that the server answers with."""
        with suppress(OSError):  # it may answer before it has all of it
            self.http.send(self.rest)
        status = self.http.getresponse().status
        self.http.close()
        return status

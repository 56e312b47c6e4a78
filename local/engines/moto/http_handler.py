"""HTTP for moto's server: connections stay open, where werkzeug's own handler ends each with its answer.

The only client is the gateway, which sends no request before it has the answer to the one before.
"""

import io
from http.client import responses

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.debug.tbtools import DebugTraceback
from werkzeug.exceptions import InternalServerError

CHUNK_BYTES = 1024 * 1024
# Answers to these have no body, whatever the application gives.
BODILESS_STATUS = {204, 304}


class BoundedInput(io.RawIOBase):
    """A request's body: ends where the body does, so that the next request is never read as part of it."""

    def __init__(self, stream, length: int):
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


class KeepAliveHandler(MotoRequestHandler):
    # An answer goes out in one piece, and at once.
    disable_nagle_algorithm = True
    wbufsize = CHUNK_BYTES

    def log_request(self, code="-", size="-"):
        """A line a request costs more than many a request; errors are still logged."""

    def handle_expect_100(self) -> bool:
        may_go_on = super().handle_expect_100()
        self.wfile.flush()
        return may_go_on

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        # A chunked body ends by itself.
        if not environ.get("wsgi.input_terminated"):
            body = BoundedInput(self.rfile, int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BufferedReader(body, CHUNK_BYTES)
        request_body = environ["wsgi.input"]
        try:
            status, headers, answer = self._ask(self.server.app, environ)
        except ConnectionError:
            raise
        except Exception as error:
            self.server.log("error", f"Error on request:\n{DebugTraceback(error).render_traceback_text()}")
            status, headers, answer = self._ask(InternalServerError(), environ)
        self._answer(status, headers, answer)
        while request_body.read(CHUNK_BYTES):
            pass  # what the application left of the body stands before the next request

    def _ask(self, application, environ) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list = []
        written: list[bytes] = []

        def start_response(status, headers, exc_info=None):
            started[:] = [status, headers]
            return written.append

        parts = application(environ, start_response)
        try:
            written.extend(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started
        return status, headers, written[0] if len(written) == 1 else b"".join(written)

    def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code = int(status.split(None, 1)[0])
        self.send_response(code, responses.get(code, ""))
        names = set()
        for name, value in headers:
            self.send_header(name, value)
            names.add(name.lower())
        is_bodiless = self.command == "HEAD" or code in BODILESS_STATUS or code < 200
        if "content-length" not in names and not is_bodiless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not is_bodiless:
            self.wfile.write(body)
        self.wfile.flush()

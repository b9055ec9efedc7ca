"""A web server that gives prepared answers."""

from __future__ import annotations

import http.server
import threading


class Answers:
    """A web server that gives these answers in turn, and repeats the last."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.requests = 0
        self.paths: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, text = answers[min(outer.requests, len(answers) - 1)]
                outer.requests += 1
                outer.paths.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_POST = do_GET  # noqa: N815

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        # It looks this often, in seconds, whether it should end; by default twice a second.
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()

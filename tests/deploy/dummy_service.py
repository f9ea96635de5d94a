"""A stand-in for a service process: `/readyz`, `/status`.  python dummy_service.py PORT [unready|stubborn|broken]"""

import json
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, BEHAVIOUR = int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "well"
STATUS = {
    "service": "members",
    "roles": ["relay", "views"],
    "runners": [
        {
            "runner": "views",
            "topic": "gonghui.members",
            "partition": partition,
            "next_offset": 7,
            "lag_records": partition,
            "lag_seconds": 0.25 * partition,
        }
        for partition in range(3)
    ],
    "outbox": {"unpublished": 2, "oldest_age_seconds": 0.5},
    "quarantine": {"open": 1, "parked": 4},
    "relay": {"leader": "here:1", "this": True, "epoch": 3, "published": 9},
}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path in {"/readyz", "/status"} and BEHAVIOUR != "unready"
        self.send_response(200 if known else 503)
        self.end_headers()
        self.wfile.write(json.dumps(STATUS).encode())


if BEHAVIOUR == "broken":
    print("line one\nthis is why", file=sys.stderr)
    sys.exit(3)
if BEHAVIOUR == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
ThreadingHTTPServer(("127.0.0.1", PORT), Answers).serve_forever()

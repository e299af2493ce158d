#!/usr/bin/env python3
"""git-http-backend behind TLS on the loopback interface.

usage: githttps.py FOLDER CERTIFICATE KEY      prints its port on the first line; ends when standard
                                               input ends.

Repositories below FOLDER are served at /NAME.git; those below FOLDER/private want the name ada and
the password secret. What goes wrong is asked for by a folder before the name: /elsewhere/NAME.git is
a redirection to a file: address, /away/NAME.git one to the same server by another name of its host;
/busy/NAME.git answers 503; /half/NAME.git sends half of a pack and closes, for as long as there is a
file FOLDER/half; /torn/NAME.git changes a byte of the pack. /slow.git never answers.
"""
import base64
import http.server
import os
import ssl
import subprocess
import sys
import threading
import time

FOLDER, CERTIFICATE, KEY = sys.argv[1:]
WANTED = "Basic " + base64.b64encode(b"ada:secret").decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def plain(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve(self):
        data = self.body()
        path, _, query = self.path.partition("?")
        if path.startswith("/private/") and self.headers.get("Authorization") != WANTED:
            return self.plain(401, {"WWW-Authenticate": 'Basic realm="git"'})
        if path.startswith("/elsewhere/"):
            return self.plain(302, {"Location": "file://" + FOLDER + path[len("/elsewhere"):]})
        if path.startswith("/away/"):
            rest = self.path[len("/away"):]
            return self.plain(302, {"Location": f"https://127.0.0.1:{self.server.server_port}{rest}"})
        if path.startswith("/busy/"):
            return self.plain(503, {})
        if path.startswith("/slow.git"):
            time.sleep(600)
        fault = next((each for each in ("half", "torn") if path.startswith(f"/{each}/")), None)
        if fault:
            path = path[len("/half"):]
        environment = dict(
            os.environ, GIT_PROJECT_ROOT=FOLDER, GIT_HTTP_EXPORT_ALL="1", PATH_INFO=path,
            QUERY_STRING=query, REQUEST_METHOD=self.command, REMOTE_ADDR="127.0.0.1",
            CONTENT_TYPE=self.headers.get("Content-Type", ""), CONTENT_LENGTH=str(len(data)),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        answer = subprocess.run(
            ["git", "http-backend"], input=data, env=environment, stdout=subprocess.PIPE,
            check=False).stdout
        head, _, rest = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        if b"PACK" in rest:
            if fault == "torn":
                middle = len(rest) * 3 // 4
                rest = rest[:middle] + bytes([rest[middle] ^ 0xFF]) + rest[middle + 1:]
        else:
            fault = None
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if fault == "half" and os.path.exists(os.path.join(FOLDER, "half")):
            self.wfile.write(rest[:len(rest) // 2])
            self.close_connection = True
        else:
            self.wfile.write(rest)

    do_GET = do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()

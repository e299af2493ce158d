#!/usr/bin/env python3
"""A model endpoint that misbehaves: the first part of the request's path names the fault.

usage: hostile.py            prints its ports on the first line; ends when standard input ends.
The second port greets each caller at once, as a mail or shell server does.
GET /count/FAULT answers how many requests that fault has had.
"""
import collections
import gzip
import json
import socket
import struct
import sys
import threading
import time

REPLY = {
    "model": "hostile",
    "choices": [{"message": {"role": "assistant", "content": "fixed"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5},
}
TEXT = json.dumps(REPLY)
counts = collections.Counter()
lock = threading.Lock()


def answer(status, body, *headers):
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status} Status", "Content-Type: application/json",
             f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def error(status, *headers, **fields):
    return answer(status, json.dumps({"error": {"message": "scripted", **fields}}), *headers)


STREAM = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
          b"Transfer-Encoding: chunked\r\n\r\n")


def event(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return f"data: {text}\n\n".encode()


def delta(text, finish=None):
    return event({"choices": [{"delta": {"content": text}, "finish_reason": finish}]})


class Client:
    def __init__(self, connection):
        self.connection = connection

    def send(self, data):
        self.connection.sendall(data)

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def stream(self, *events, end=True):
        self.send(STREAM)
        for data in events:
            self.chunk(data)
        if end:
            self.send(b"0\r\n\r\n")

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def hold():
    time.sleep(30)


def forever(client, data, pause=0.0):
    while True:
        client.chunk(data)
        time.sleep(pause)


def drip(client, data):
    for byte in data:
        client.send(bytes([byte]))
        time.sleep(0.2)


def endless_body(client):
    client.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: 10737418240\r\n\r\n")
    while True:
        client.send(b" " * 65536)


BOMB = gzip.compress(b"0" * 50_000_000)


def bomb(client):
    packed = BOMB
    client.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
                b"Content-Length: %d\r\n\r\n" % len(packed) + packed)


def endless_headers(client):
    client.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        client.send(b"X-Filler: " + b"a" * 1000 + b"\r\n")


def cut_at(position):
    def act(client, _):
        client.send(answer(200, TEXT)[:position])
        client.reset()
    return act


def stream_reset(client, _):
    client.stream(delta("half"), end=False)
    client.reset()


def stream_stall(client, *events):
    client.stream(*events, end=False)
    hold()


def flap(client, count):
    if count % 2:
        client.reset()
    else:
        client.send(answer(200, TEXT))


FAULTS = {
    "ok": lambda c, n: c.send(answer(200, TEXT)),
    "ok-stream": lambda c, n: c.stream(delta("fix"), delta("ed"), delta("", "stop"), event("[DONE]")),
    "ok-gzip": lambda c, n: c.send(
        answer(200, gzip.compress(TEXT.encode()), "Content-Encoding: gzip")),
    "ok-held-open": lambda c, n: stream_stall(c, delta("fixed", "stop"), event("[DONE]")),
    "busy-once": lambda c, n: c.send(error(503) if n == 1 else answer(200, TEXT)),
    "flap": flap,
    "silent": lambda c, n: hold(),
    "close": lambda c, n: None,
    "reset": lambda c, n: c.reset(),
    "drip": lambda c, n: drip(c, answer(200, TEXT)),
    "drip-stream": lambda c, n: drip(c, STREAM + b"400\r\n" + delta("x" * 900)),
    "headers-only": lambda c, n: stream_stall(c),
    "stall": lambda c, n: stream_stall(c, delta("half")),
    "keep-alive": lambda c, n: (c.stream(end=False), forever(c, b": keep-alive\n\n", 0.02)),
    "keep-alive-later": lambda c, n: (
        c.stream(delta("half"), end=False), forever(c, b": keep-alive\n\n", 0.02)),
    "empty-deltas": lambda c, n: (c.stream(end=False), forever(c, delta(""), 0.02)),
    "endless-stream": lambda c, n: (c.stream(end=False), forever(c, delta("a" * 1000))),
    "endless-line": lambda c, n: (c.stream(b"data: ", end=False), forever(c, b"a" * 65536)),
    "endless-body": lambda c, n: endless_body(c),
    "endless-error": lambda c, n: (
        c.send(b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n"), forever(c, b"a" * 65536)),
    "endless-headers": lambda c, n: endless_headers(c),
    "bomb": lambda c, n: bomb(c),
    "cut-status": cut_at(8),
    "cut-header": cut_at(40),
    "cut-body": cut_at(180),
    "stream-reset": stream_reset,
    "stream-no-end": lambda c, n: c.stream(delta("half")),
    "stream-no-finish": lambda c, n: c.stream(event("[DONE]")),
    "stream-error": lambda c, n: c.stream(event({"error": {"message": "x", "code": 502}})),
    "stream-late-error": lambda c, n: c.stream(
        delta("half"), event({"error": {"message": "x", "code": 502}}), event("[DONE]")),
    "stream-bad-json": lambda c, n: c.stream(event("{oops")),
    "stream-bad-utf8": lambda c, n: c.stream(
        delta("caf?", "stop").replace(b"?", b"\xe9"), event("[DONE]")),
    "ok-error": lambda c, n: c.send(error(200, code=503)),
    "bad-length": lambda c, n: c.send(
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + TEXT.encode()),
    "short-length": lambda c, n: c.send(answer(200, TEXT[:20])),
    "bad-gzip": lambda c, n: c.send(answer(200, "no gzip", "Content-Encoding: gzip")),
    "bad-chunk": lambda c, n: c.send(STREAM + b"zz\r\nabc\r\n"),
    "no-http": lambda c, n: c.send(b"SSH-2.0-OpenSSH\r\n"),
    "html": lambda c, n: c.send(answer(200, "<html>portal</html>")),
    "empty": lambda c, n: c.send(answer(200, "")),
    "no-choices": lambda c, n: c.send(answer(200, '{"choices": []}')),
    "wrong-types": lambda c, n: c.send(answer(200, '{"choices": {"message": 1}}')),
    "null-content": lambda c, n: c.send(
        answer(200, '{"choices": [{"message": {"content": null}, "finish_reason": "stop"}]}')),
    "deep": lambda c, n: c.send(answer(200, "[" * 200_000)),
    "redirect": lambda c, n: c.send(answer(307, "", "Location: http://127.0.0.1:1/steal")),
    "200-redirect": lambda c, n: c.send(answer(302, TEXT, "Location: file:///etc/passwd")),
    "bad-request": lambda c, n: c.send(error(400)),
    "unauthorised": lambda c, n: c.send(error(401)),
    "pay": lambda c, n: c.send(error(402)),
    "missing": lambda c, n: c.send(error(404)),
    "gone": lambda c, n: c.send(error(410)),
    "quota": lambda c, n: c.send(error(429, code="insufficient_quota")),
    "limit": lambda c, n: c.send(error(429, "Retry-After: 0")),
    "limit-long": lambda c, n: c.send(error(429, "Retry-After: 86400")),
    "limit-date": lambda c, n: c.send(error(429, "Retry-After: Wed, 21 Oct 2099 07:28:00 GMT")),
    "limit-junk": lambda c, n: c.send(error(429, "Retry-After: -1e309")),
    "server": lambda c, n: c.send(answer(500, "<html>oops</html>")),
    "gateway": lambda c, n: c.send(error(502)),
    "overloaded": lambda c, n: c.send(error(529, type="overloaded_error")),
}


def serve(connection):
    client = Client(connection)
    try:
        connection.settimeout(30)
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
            if data[0] == 0x16:
                # A TLS greeting: answer in clear text, as a server without TLS does.
                client.send(answer(400, "clear text"))
                return
        head, _, body = data.partition(b"\r\n\r\n")
        size = 0
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                size = int(value)
        while len(body) < size:
            body += connection.recv(65536)
        parts = head.split(b" ")[1].decode().split("/")
        if parts[1] == "count":
            with lock:
                number = counts[parts[2]]
            client.send(answer(200, str(number)))
            return
        with lock:
            counts[parts[1]] += 1
            number = counts[parts[1]]
        FAULTS.get(parts[1], lambda c, n: c.send(error(404)))(client, number)
    except OSError:
        pass  # the other side went away, which is what most faults are for
    finally:
        connection.close()


def greet(connection):
    try:
        connection.sendall(b"SSH-2.0-OpenSSH\r\n")
        connection.settimeout(30)
        while connection.recv(65536):
            pass
    except OSError:
        pass
    finally:
        connection.close()


def listen(act):
    """Gives each caller a thread of its own, and returns the port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=act, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def main():
    print(listen(serve), listen(greet), flush=True)
    sys.stdin.read()


main()

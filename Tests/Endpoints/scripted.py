#!/usr/bin/env python3
"""A model endpoint that answers from a script: chat completions and messages, streamed or not.

usage: scripted.py SCRIPT LOG      prints its port on the first line; ends when standard input ends.
       scripted.py SCRIPT LOG COMMAND…   writes config.yaml with itself as the only model, runs the
                                        command, ends with its code; $ROUTE: openai or anthropic,
                                        $STREAM: true or false.

SCRIPT is JSON: a list of answers, the last one for ever; a request whose path begins with a number,
as in /12/v1, always gets the answer at that place. An answer is a text, or
  {"text": …, "finish": "stop"}      how the reply ends
  {"status": 429, "body": …}         a refusal
  {"text": …, "drop_after": N}       the connection breaks after N characters
  {"text": …, "wait_for": FILE}      nothing is answered before FILE stands there
With "stream": false in the request the reply comes as one document; "drop_after" cuts that too.
LOG gets one line of JSON for each request: the path, the headers' names, the body.
"""
import http.server
import json
import os
import subprocess
import sys
import threading
import time

SCRIPT, LOG, *COMMAND = sys.argv[1:]
answers = json.load(open(SCRIPT, encoding="utf-8"))
lock = threading.Lock()
taken = 0


def next_answer(request):
    global taken
    fixed = request["path"].split("/")[1]
    with lock:
        if fixed.isdigit():
            answer = answers[int(fixed)]
        else:
            answer = answers[min(taken, len(answers) - 1)]
            taken += 1
        with open(LOG, "a", encoding="utf-8") as log:
            log.write(json.dumps(request) + "\n")
    return {"text": answer} if isinstance(answer, str) else answer


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"object": "list", "data": [{"id": "scripted", "meta": {"n_ctx": 4096}}]})

    def do_POST(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size))
        answer = next_answer({"path": self.path, "headers": sorted(self.headers), "body": body})
        if "status" in answer:
            self.answer(answer["status"], answer.get("body", {"error": {"message": "scripted"}}))
            return
        while "wait_for" in answer and not os.path.exists(answer["wait_for"]):
            time.sleep(0.05)
        prompt = json.dumps(body.get("messages")) + json.dumps(body.get("system"))
        usage = (len(prompt) // 3, len(answer["text"]) // 3)
        if not body.get("stream"):
            self.document(answer, usage)
        elif self.path.endswith("/messages"):
            self.messages(answer, usage)
        else:
            self.chat(answer, usage)

    def document(self, answer, usage):
        finish = answer.get("finish", "stop")
        if self.path.endswith("/messages"):
            value = {"model": "scripted", "content": [{"type": "text", "text": answer["text"]}],
                     "stop_reason": {"stop": "end_turn", "length": "max_tokens"}[finish],
                     "usage": {"input_tokens": usage[0], "output_tokens": usage[1]}}
        else:
            message = {"role": "assistant", "content": answer["text"]}
            value = {"model": "scripted",
                     "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                     "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1]}}
        if "drop_after" not in answer:
            self.answer(200, value)
            return
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:answer["drop_after"]])
        self.wfile.flush()
        self.drop()

    def chat(self, answer, usage):
        finish = answer.get("finish", "stop")
        self.begin()
        for piece in self.pieces(answer):
            self.event({"model": "scripted", "choices": [
                {"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        if "drop_after" in answer:
            self.drop()
            return
        self.event({"model": "scripted", "choices": [
            {"index": 0, "delta": {}, "finish_reason": finish}]})
        self.event({"choices": [], "usage": {
            "prompt_tokens": usage[0], "completion_tokens": usage[1]}})
        self.raw("data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def messages(self, answer, usage):
        finish = {"stop": "end_turn", "length": "max_tokens"}[answer.get("finish", "stop")]
        self.begin()
        self.event({"type": "message_start", "message": {
            "model": "scripted", "usage": {"input_tokens": usage[0], "output_tokens": 1}}})
        for piece in self.pieces(answer):
            self.event({"type": "content_block_delta", "index": 0,
                        "delta": {"type": "text_delta", "text": piece}})
        if "drop_after" in answer:
            self.drop()
            return
        self.event({"type": "message_delta", "delta": {"stop_reason": finish},
                    "usage": {"output_tokens": usage[1]}})
        self.event({"type": "message_stop"})
        self.wfile.write(b"0\r\n\r\n")

    def pieces(self, answer):
        text = answer["text"][:answer.get("drop_after")]
        return [text[at:at + 40] for at in range(0, len(text), 40)]

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, value):
        name = f"event: {value['type']}\n" if "type" in value else ""
        self.raw(f"{name}data: {json.dumps(value)}\n\n")

    def raw(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def drop(self):
        self.close_connection = True
        self.connection.close()


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        pass  # the other side went away


def main():
    server = Server(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if not COMMAND:
        print(port, flush=True)
        sys.stdin.read()
        return
    route = os.environ.get("ROUTE", "openai")
    stream = os.environ.get("STREAM", "true")
    with open("config.yaml", "w", encoding="utf-8") as config:
        config.write(f"models:\n  scripted:\n    api: {route}\n"
                     f"    url: http://127.0.0.1:{port}/v1\n    model: scripted\n"
                     f"    stream: {stream}\n"
                     "    price: {input: 1, output: 2}\n")
    sys.exit(subprocess.run(COMMAND, check=False).returncode)


main()

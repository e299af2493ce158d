"""A model endpoint on loopback for repairs.py: its answers are made from what it is asked."""
import http.server
import json
import re
import threading

# What an answer does; those of the first row repair all flaws of the files that were shown.
RIGHT = ["right", "edits", "fenced", "unmetered", "cached", "surprise"]
KINDS = RIGHT + ["partly", "wrong", "breaks", "outside", "climbs", "protected", "malformed",
                 "twice", "misfit", "unchanged", "empty", "prose", "blocked", "cut", "dropped",
                 "deletes", "refused", "limited", "broken"]
OUTSIDE = ["stranger.txt", "kept/frozen.txt", "kept/denied.txt", "Makefile", "tests/helper.sh"]


class Seen:
    """One request, and what its answer says that it cost."""

    def __init__(self, model, kind, shown):
        self.model, self.kind, self.shown = model, kind, shown
        self.usage = (0, 0, 0)  # uncached input, cached input, output
        self.is_metered = True
        self.cap, self.command, self.step = 0, None, None


class Endpoint:
    """Answers by `kinds` in turn, the last one for ever."""

    def __init__(self, chance, flaws):
        self.chance, self.flaws = chance, flaws  # wrong line: right line
        self.kinds, self.seen, self.proposed = ["right"], [], {}
        self.on_request = lambda seen: None
        self.lock = threading.Lock()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(size))
                with owner.lock:
                    seen, text = owner.answer(body)
                owner.send(self, body, seen, text)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # the other side went away

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # What is answered.
    def answer(self, body):
        kind = self.kinds[min(len(self.seen), len(self.kinds) - 1)]
        prompt = body["messages"][-1]["content"]
        if not isinstance(prompt, str):
            prompt = "".join(part["text"] for part in prompt)
        shown = {path: text for path, mark, text in re.findall(
            r"^([^\n]+) \(editable\)\nBEGIN (\w+)\n(.*?)END \2$", prompt, re.M | re.S)}
        seen = Seen(body["model"], kind, shown)
        named = re.search(r"^: (\w+)( test \d+)?; ", prompt, re.M)
        seen.command, seen.step = (named[0], named[1]) if named else (None, None)
        seen.cap = body.get("max_tokens") or body.get("max_completion_tokens")
        self.on_request(seen)
        text = self.text(kind, shown)
        if kind in ("refused", "limited", "broken"):
            seen.usage = (0, 0, 0)
        else:
            size = len(json.dumps(body["messages"]) + json.dumps(body.get("system", ""))) // 3
            cached = size // 2 if kind == "cached" else 0
            seen.usage = (size - cached, cached, max(1, len(text) // 3))
            seen.is_metered = kind not in ("unmetered", "dropped")
        self.seen.append(seen)
        return seen, text

    def mended(self, shown, change=None):
        """The shown files that change, each with `change` of its flaws (all) put right."""
        result = {}
        for path, text in shown.items():
            lines, left = text.split("\n"), change
            for number, line in enumerate(lines):
                if line in self.flaws and left != 0:
                    lines[number] = self.flaws[line]
                    left = None if left is None else left - 1
            if lines != text.split("\n"):
                result[path] = "\n".join(lines)
        return result

    def whole(self, files, fence="````"):
        for path, text in files.items():
            self.proposed.setdefault(path, set()).add(text)
        return "".join(f"{path}\n{fence}\n{text}{fence}\n" for path, text in files.items())

    def edits(self, shown):
        self.whole(self.mended(shown))
        return "".join(
            f"{path}\n<<<<<<< SEARCH\n{line}\n=======\n{self.flaws[line]}\n>>>>>>> REPLACE\n"
            for path, text in shown.items() for line in text.split("\n") if line in self.flaws)

    def text(self, kind, shown):
        right, end = self.mended(shown), "END_REPAIR\n"
        count = len(self.seen)
        other = {path: re.sub(r"(wrong|right)$", f"other {count}", text, flags=re.M)
                 for path, text in shown.items()}
        if kind == "edits":
            return self.edits(shown) + end
        if kind == "fenced":
            return "Here it is.\n\n" + self.whole(right, "```") + end
        if kind == "surprise":
            return self.whole(right) + "SURPRISE: the line was wrong\n" + end
        if kind == "partly":
            return self.whole(self.mended(dict(list(shown.items())[:1]), 1)) + end
        if kind in ("wrong", "breaks"):
            if kind == "wrong":
                other = {path: re.sub(r"wrong$", f"wrong {count}", text, flags=re.M)
                         for path, text in shown.items()}
            return self.whole(other) + end
        if kind == "outside":
            return self.whole(right) + f"{self.chance.choice(OUTSIDE)}\n````\nx\n````\n" + end
        if kind == "climbs":
            path = self.chance.choice(["../above.txt", "/tmp/above.txt", "a/../../above.txt"])
            return self.whole(right) + f"{path}\n````\nx\n````\n" + end
        if kind == "protected":
            path = self.chance.choice([".git/config", ".git/hooks/pre-commit", ".mtor/config.yaml",
                                       ".github/workflows/x.yml", "conftest.py"])
            return self.whole(right) + f"{path}\n````\nx\n````\n" + end
        if kind == "malformed":
            return "".join(f"{path}\n````\n{text}" for path, text in right.items())
        if kind == "twice":
            return self.whole(right) + "".join(
                f"{path}\n````\n{text}more\n````\n" for path, text in right.items()) + end
        if kind == "misfit":
            return "".join(f"{path}\n<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE\n"
                           for path in shown) + end
        if kind == "unchanged":
            return self.whole(shown) + end
        if kind == "empty":
            return ""
        if kind == "prose":
            return "I would look at the test first.\n" + end
        if kind == "blocked":
            return "BLOCKED: the test is wrong\n" + end
        if kind == "deletes":
            return "".join(f"*** Begin Patch\n*** Delete File: {path}\n*** End Patch\n"
                           for path in shown) + end
        return self.whole(right) + end

    # How it is sent.
    def send(self, handler, body, seen, text):
        status = {"refused": 400, "limited": 429, "broken": 503}.get(seen.kind)
        if status:
            self.document(handler, {"error": {"message": "scripted"}}, status)
            return
        is_messages = handler.path.endswith("/messages")
        finish = "length" if seen.kind == "cut" else "stop"
        if is_messages:
            finish = {"stop": "end_turn", "length": "max_tokens"}[finish]
        if body.get("stream"):
            self.stream(handler, is_messages, seen, text, finish)
        elif seen.kind == "dropped":
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            handler.wfile.write(b'{"model":')
            handler.close_connection = True
        elif is_messages:
            self.document(handler, {
                "model": seen.model, "content": [{"type": "text", "text": text}],
                "stop_reason": finish, "usage": self.usage(True, seen)})
        else:
            message = {"role": "assistant", "content": text}
            self.document(handler, {
                "model": seen.model, "usage": self.usage(False, seen),
                "choices": [{"index": 0, "message": message, "finish_reason": finish}]})

    @staticmethod
    def usage(is_messages, seen):
        fresh, cached, output = seen.usage
        if not seen.is_metered:
            return None
        if is_messages:
            return {"input_tokens": fresh, "cache_read_input_tokens": cached,
                    "output_tokens": output}
        return {"prompt_tokens": fresh + cached, "completion_tokens": output,
                "prompt_tokens_details": {"cached_tokens": cached}}

    @staticmethod
    def document(handler, value, status=200):
        data = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.send_header("retry-after-ms", "1")
        handler.end_headers()
        handler.wfile.write(data)

    def stream(self, handler, is_messages, seen, text, finish):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

        def event(value):
            name = f"event: {value['type']}\n" if "type" in value else ""
            raw(f"{name}data: {json.dumps(value)}\n\n")

        def raw(text):
            data = text.encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        pieces = [text[at:at + 400] for at in range(0, len(text), 400)]
        if is_messages:
            usage = self.usage(True, seen)
            event({"type": "message_start", "message": {
                "model": seen.model, "usage": dict(usage, output_tokens=1) if usage else None}})
            for piece in pieces:
                event({"type": "content_block_delta", "index": 0,
                       "delta": {"type": "text_delta", "text": piece}})
            if seen.kind != "dropped":
                event({"type": "message_delta", "delta": {"stop_reason": finish}, "usage": usage})
                event({"type": "message_stop"})
        else:
            for piece in pieces:
                event({"model": seen.model, "choices": [
                    {"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            if seen.kind != "dropped":
                event({"model": seen.model, "choices": [
                    {"index": 0, "delta": {}, "finish_reason": finish}]})
                if seen.is_metered:
                    event({"choices": [], "usage": self.usage(False, seen)})
                raw("data: [DONE]\n\n")
        if seen.kind == "dropped":
            handler.close_connection = True
            return
        handler.wfile.write(b"0\r\n\r\n")

#!/usr/bin/env python3
"""Ends TLS in front of two plain ports, and asks whoever comes for a certificate.

usage: tlsproxy.py CERT KEY CA GRPC HTTP

Prints its own two ports. What comes over HTTP/1.1 is written to standard error.
"""
import socket
import ssl
import sys
import threading

cert, key, authority = sys.argv[1:4]


def pump(source, target, log):
    try:
        while data := source.recv(65536):
            if log:
                sys.stderr.buffer.write(data)
                sys.stderr.buffer.flush()
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(plain, port, context, log):
    try:
        client = context.wrap_socket(plain, server_side=True)
        server = socket.create_connection(("127.0.0.1", port))
    except OSError:
        plain.close()
        return
    threading.Thread(target=pump, args=(server, client, False), daemon=True).start()
    pump(client, server, log)


def accept(listener, port, context, log):
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(plain, port, context, log), daemon=True).start()


threads = []
for port, protocol in ((int(sys.argv[4]), "h2"), (int(sys.argv[5]), "http/1.1")):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols([protocol])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threads.append(
        threading.Thread(
            target=accept, args=(listener, port, context, protocol == "http/1.1"), daemon=True
        )
    )
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

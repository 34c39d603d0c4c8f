#!/usr/bin/env python3
"""An HTTP server on the loopback that misbehaves on request, for the tests of downloads.

Prints "PORT TLS_PORT CERTIFICATE" (0 and - without openssl), serves until its standard input ends.
  /NAME?do=BEHAVIOUR&size=N&key=K    NAME made of N bytes (see content()), served badly; requests are counted by key
  /log?key=K                         the requests with this key so far: one line "Range|If-Range" each
"""
import collections
import functools
import gzip
import http.server
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

log = collections.defaultdict(list)
lock = threading.Lock()


@functools.lru_cache
def content(size, seed=0):
    """The bytes of the file; the tests in C++ make the same ones."""
    return bytes((((i + 1) * (2654435761 + seed)) >> 13) & 255 for i in range(size))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    # --- what the behaviours are made of ---
    def head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def reset(self):
        """Ends the connection as a crash does: RST, not FIN."""
        self.wfile.flush()
        time.sleep(0.05)  # what was written arrives first
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.rfile = self.wfile = open(os.devnull, "r+b")
        self.close_connection = True

    def begin(self, size):
        """Where the range that is asked for begins."""
        wanted = self.headers.get("Range", "")
        return int(wanted[6:].split("-")[0]) if wanted.startswith("bytes=") else 0

    def serve(self, data, etag='"one"', send=None, ranges=True, length=None, extra=(), close=False):
        """A right answer, or one that lies in the points named. `send`: stop after so many bytes."""
        begin = self.begin(len(data)) if ranges else 0
        if etag and self.headers.get("If-Range", etag) != etag:
            begin = 0
        headers = dict(extra)
        if etag:
            headers["ETag"] = etag
        if begin >= len(data) > 0:
            headers |= {"Content-Range": f"bytes */{len(data)}", "Content-Length": "0"}
            return self.head(416, headers)
        body = data[begin:]
        if length is not False:
            headers["Content-Length"] = str(len(body) if length is None else length)
        if begin > 0:
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        if send is not None or length is not None or close:
            headers["Connection"] = "close"
            self.close_connection = True
        self.head(206 if begin > 0 else 200, headers)
        self.wfile.write(body if send is None else body[:send])
        self.wfile.flush()

    def page(self, status, text="<html><body>no</body></html>", **extra):
        self.head(status, {"Content-Type": "text/html", "Content-Length": str(len(text)), **extra})
        self.wfile.write(text.encode())

    def endless(self, status, headers):
        self.head(status, {**headers, "Connection": "close"})
        self.close_connection = True
        for _ in range(4000):
            self.wfile.write(b"x" * 65536)

    # --- the behaviours ---
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        key = query.get("key", "")
        if url.path == "/log":
            with lock:
                text = "".join(line + "\n" for line in log[key])
            return self.page(200, text)
        with lock:
            log[key].append(self.headers.get("Range", "") + "|" + self.headers.get("If-Range", ""))
            count = len(log[key])
        size = int(query.get("size", 200000))
        try:
            getattr(self, "do_" + query.get("do", "good").replace("-", "_"))(content(size), count, query)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_good(self, data, count, query):
        self.serve(data)

    def do_file(self, data, count, query):
        """A file of this machine."""
        with open(query["path"], "rb") as file:
            self.serve(file.read())

    def do_no_etag(self, data, count, query):
        self.serve(data, etag=None)

    def do_weak_etag(self, data, count, query):
        self.serve(data, etag='W/"one"', send=len(data) // 3 if count < 3 else None)

    def do_no_ranges(self, data, count, query):
        """200 to a Range request; the first two answers break off."""
        self.serve(data, ranges=False, send=len(data) // 2 if count < 3 else None)

    def do_truncated(self, data, count, query):
        self.serve(data, send=len(data) // 3)

    def do_truncated_twice(self, data, count, query):
        self.serve(data, send=len(data) // 3 if count < 3 else None)

    def do_silent(self, data, count, query):
        """Nothing arrives, ever."""
        self.serve(data, send=0)

    def do_reset(self, data, count, query):
        """Resets in the middle, twice."""
        if count < 3:
            self.serve(data, send=len(data) // 3)
            return self.reset()
        self.serve(data)

    def do_reset_always(self, data, count, query):
        self.reset()

    def do_status(self, data, count, query):
        self.page(int(query["status"]))

    def do_status_then_good(self, data, count, query):
        self.page(int(query["status"])) if count < 3 else self.serve(data)

    def do_too_many(self, data, count, query):
        if count < 2:
            return self.page(429, **{"Retry-After": query["after"]})
        self.serve(data)

    def do_endless_error(self, data, count, query):
        self.endless(404, {"Content-Type": "text/html"})

    def do_redirect_loop(self, data, count, query):
        self.head(302, {"Location": self.path, "Content-Length": "0"})

    def do_redirect(self, data, count, query):
        to = query.get("to") or "/elsewhere?do=" + ("redirect" if count < 3 else "good") + \
            f"&size={len(data)}&key={query['key']}"
        self.head(301 if count % 2 else 307, {"Location": to, "Content-Length": "0"})

    def do_stall(self, data, count, query):
        """Stops in the middle and says nothing more, once."""
        if count > 1:
            return self.serve(data)
        self.serve(data, send=len(data) // 2)
        time.sleep(4)

    def do_stall_always(self, data, count, query):
        time.sleep(4)

    def do_trickle(self, data, count, query):
        """Fewer bytes a second than are worth waiting for: the slow loris."""
        self.head(200, {"Content-Length": str(len(data))})
        for i in range(50):
            self.wfile.write(data[i:i + 1])
            self.wfile.flush()
            time.sleep(0.1)

    def do_slow(self, data, count, query):
        """Right and slow, about 1 MB/s, with ranges: for those who are killed meanwhile, or two at once."""
        begin = self.begin(len(data))
        headers = {"ETag": '"one"', "Content-Length": str(len(data) - begin)}
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        self.head(206 if begin else 200, headers)
        for at in range(begin, len(data), 10000):
            self.wfile.write(data[at:at + 10000])
            self.wfile.flush()
            time.sleep(0.01)

    def do_length_too_small(self, data, count, query):
        self.serve(data, ranges=False, length=len(data) // 2)

    def do_length_too_large(self, data, count, query):
        self.serve(data, ranges=False, length=2 * len(data))

    def do_length_nonsense(self, data, count, query):
        self.serve(data, length=query.get("length", "many"))

    def do_no_length(self, data, count, query):
        self.serve(data, length=False)

    def do_no_length_truncated(self, data, count, query):
        """The end of the connection is the end of the body, and it comes too early, once."""
        self.serve(data, etag=None, length=False, send=len(data) // 2 if count < 2 else None)

    def do_chunked(self, data, count, query):
        self.chunked(data, True)

    def do_chunked_truncated(self, data, count, query):
        self.chunked(data, count > 1)

    def chunked(self, data, whole):
        self.head(200, {"Transfer-Encoding": "chunked", "Connection": "close"})
        self.close_connection = True
        for at in range(0, len(data) if whole else len(data) // 2, 50000):
            piece = data[at:at + 50000]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        if whole:
            self.wfile.write(b"0\r\n\r\n")

    def do_changes(self, data, count, query):
        """The file changes on the server between two parts, and its ETag says so."""
        if count < 2:
            return self.serve(content(len(data), 1), etag='"old"', send=len(data) // 2)
        self.serve(data, etag='"new"')

    def do_changes_rudely(self, data, count, query):
        """As do_changes, but If-Range is ignored: the second part is of the new file, with its ETag."""
        if count < 2:
            return self.serve(content(len(data), 1), etag='"old"', send=len(data) // 2)
        self.headers.__delitem__("If-Range")
        self.serve(data, etag='"new"')

    def do_changes_secretly(self, data, count, query):
        """As do_changes, but no ETag says so."""
        if count < 2:
            return self.serve(content(len(data), 1), etag=None, send=len(data) // 2)
        self.serve(data, etag=None)

    def do_wrong_part(self, data, count, query):
        """A 206 that begins elsewhere than asked."""
        if count < 2:
            return self.serve(data, send=len(data) // 2)
        if self.begin(0) == 0:
            return self.serve(data)
        self.head(206, {"Content-Length": "1000", "Content-Range": f"bytes 0-999/{len(data)}"})
        self.wfile.write(data[:1000])

    def do_small_parts(self, data, count, query):
        """Never more than a part of the range that was asked for, and says so; legal."""
        begin = self.begin(0)
        if begin == 0:
            return self.serve(data, send=len(data) // 4)
        end = min(begin + len(data) // 4, len(data))
        self.head(206, {"Content-Length": str(end - begin), "Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"})
        self.wfile.write(data[begin:end])

    def do_no_such_range(self, data, count, query):
        """416 to every Range request."""
        if self.begin(0):
            return self.head(416, {"Content-Length": "0"})
        self.serve(data, send=len(data) // 2 if count < 2 else None)

    def do_unasked_part(self, data, count, query):
        self.head(206, {"Content-Length": str(len(data)), "Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}"})
        self.wfile.write(data)

    def do_wrong(self, data, count, query):
        """Another file of the same size."""
        self.serve(content(len(data), 7))

    def do_bit(self, data, count, query):
        """One bit is wrong."""
        self.serve(data[:1000] + bytes([data[1000] ^ 4]) + data[1001:])

    def do_longer(self, data, count, query):
        self.serve(data + b"and more", length=query.get("length") and False)

    def do_html(self, data, count, query):
        """200 and a page that asks to log in."""
        self.page(200, "<!DOCTYPE html><html><body>Please log in</body></html>")

    def do_empty(self, data, count, query):
        self.head(200, {"Content-Length": "0"})

    def do_no_content(self, data, count, query):
        self.head(204, {})

    def do_gzip(self, data, count, query):
        """Compressed though it was not asked for; breaks off the first time."""
        packed = gzip.compress(data)
        self.serve(packed, ranges=False, extra={"Content-Encoding": "gzip"}.items(),
                   send=len(packed) // 2 if count < 2 else None)

    def do_gzip_label(self, data, count, query):
        """A file that is called gzip-encoded because it is a .gz."""
        self.serve(data, extra={"Content-Encoding": "gzip"}.items())

    def do_gzip_lie(self, data, count, query):
        """Called gzip-encoded, and is not."""
        self.serve(data, extra={"Content-Encoding": "gzip"}.items())

    def do_gzip_bomb(self, data, count, query):
        self.serve(gzip.compress(bytes(50_000_000)), ranges=False, extra={"Content-Encoding": "gzip"}.items())

    def do_strange_encoding(self, data, count, query):
        self.serve(data, extra={"Content-Encoding": "rot13"}.items())

    def do_endless(self, data, count, query):
        self.endless(200, {})

    def do_huge(self, data, count, query):
        self.serve(data, length=query.get("length", "1000000000000000"))

    def do_not_http(self, data, count, query):
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.close_connection = True

    def do_nothing(self, data, count, query):
        """Closes the connection without a word."""
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 32

    def handle_error(self, *_):
        pass


class TlsServer(Server):
    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(5)
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address


def start(kind):
    server = kind(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def main():
    plain, tls, certificate = start(Server), 0, "-"
    with tempfile.TemporaryDirectory() as folder:
        try:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=loopback",
                 "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/key", "-out", folder + "/certificate"],
                check=True, capture_output=True)
            TlsServer.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            TlsServer.context.load_cert_chain(folder + "/certificate", folder + "/key")
            tls, certificate = start(TlsServer).server_address[1], folder + "/certificate"
        except (OSError, subprocess.CalledProcessError):
            pass
        print(plain.server_address[1], tls, certificate, flush=True)
        sys.stdin.read()


main()

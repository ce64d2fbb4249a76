"""The loopback server: reads calls and answers each alike, so cheap that it is in nobody's way.

`python -m bench.server SIZE` prints its port and serves one connection after the other; SIZE is how many mails the
batches hold.
"""

import json
import socket
import sys

from bench.measuring import SERVER, pin

_BUFFER = 1 << 20
_ID = "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"


def main(size: int) -> None:
    pin(SERVER)
    answers = {
        b"/emails/batch": _answer({"data": [{"id": _ID}] * size}),
        b"/emails": _answer({"id": _ID}),
    }
    mailgun = _answer({"id": f"<{_ID}@mg.example>", "message": "Queued. Thank you."})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection:
                _serve(connection, answers, mailgun)


def _serve(connection: socket.socket, answers: dict[bytes, bytes], otherwise: bytes) -> None:
    """Until the other side closes."""
    buffer = bytearray(_BUFFER)
    try:
        while head := _head(connection, buffer):
            path, missing = head
            while missing > 0:
                received = connection.recv_into(buffer)
                if not received:
                    return
                missing -= received
            connection.sendall(answers.get(path, otherwise))
    except ConnectionError:
        return


def _head(connection: socket.socket, buffer: bytearray) -> tuple[bytes, int] | None:
    """The path of the next call and how much of its body is still to come; None where there is no further call."""
    got = 0
    view = memoryview(buffer)
    while (end := buffer.find(b"\r\n\r\n", 0, got)) < 0:
        received = connection.recv_into(view[got:])
        if not received:
            return None
        got += received
    head = bytes(view[:end])
    length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    return head.split(b" ", 2)[1], int(length) - (got - end - 4)


def _answer(content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


if __name__ == "__main__":
    main(int(sys.argv[1]))

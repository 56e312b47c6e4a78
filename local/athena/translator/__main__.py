"""Translates Athena SQL to DuckDB's for the engine that started it: `python translator PORT` with the token in ATHENA_TRANSLATOR_TOKEN.

It calls home: it connects to the engine's port on 127.0.0.1, says the token, and answers each line of JSON by one. When the
engine goes away, the connection ends, and so does this process.
"""

import json
import os
import socket
import sys
import warnings

from failure import QueryFailure
from translate import translate

warnings.filterwarnings("ignore")


def answer(request: dict) -> dict:
    try:
        return {"id": request["id"], "result": translate(request["sql"], request["context"])}
    except QueryFailure as failure:
        return {"id": request["id"], "failure": failure.to_json(request["sql"])}
    except RecursionError:
        return {"id": request["id"], "failure": {"name": "GENERIC_USER_ERROR", "message": "the query is nested too deeply"}}
    except Exception as error:  # The engine tells the analyst; a traceback would help nobody there.
        message = str(error).splitlines()[0] if str(error) else "no message"
        failure = {"name": "GENERIC_INTERNAL_ERROR", "message": f"cannot translate the query: {type(error).__name__}: {message}"}
        return {"id": request["id"], "failure": failure}


def main() -> None:
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("r", encoding="utf-8") as lines:
        def send(message: dict) -> None:
            connection.sendall((json.dumps(message) + "\n").encode())

        send({"token": os.environ["ATHENA_TRANSLATOR_TOKEN"]})
        for line in lines:
            send(answer(json.loads(line)))


sys.setrecursionlimit(10_000)
main()

"""The server as a process of its own: `python -m tests.fault_server --port 0 --log FILE` prints its port."""

import argparse
import json
import sys
from pathlib import Path

from tests.fault_server.faults import Faults
from tests.fault_server.server import FaultServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fault_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--log", type=Path, help="what was accepted, kept over a restart")
    parser.add_argument("--seed", type=int, default=0, help="of faults that come by chance")
    parser.add_argument("--fault", type=json.loads, action="append", default=[], help="as POST /_faults takes it")
    options = parser.parse_args()
    faults = Faults()
    for command in options.fault:
        faults.add(command)
    server = FaultServer(
        port=options.port, log=options.log, seed=options.seed, longest_hang=3600, faults=list(faults.waiting)
    )
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve()


if __name__ == "__main__":
    main()

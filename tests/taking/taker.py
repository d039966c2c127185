"""A process that takes in until it is killed; started once, it forks a new one for each line it reads.

A line is JSON: folder, address, first, acks. Each taker appends to the file `acks`: `ready`, then the number of each delivery when
it was acknowledged. The parent of takers answers with the pid of each, and `done` when it is dead.
"""

import itertools
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import taking


def work(told: dict) -> None:
    """Take in deliveries from number `first` on, for ever."""
    acks = os.open(told["acks"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    record = taking.opened(pathlib.Path(told["folder"]), told["address"])
    os.write(acks, b"ready\n")
    source = taking.posts()
    for number in itertools.count(told["first"]):
        taking.take(record, number, using=source)
        os.write(acks, f"{number}\n".encode())


if __name__ == "__main__":
    for line in sys.stdin:
        pid = os.fork()  # nothing here has begun a thread of its own: polars does so when it is first used
        if not pid:
            try:
                work(json.loads(line))
            finally:
                os._exit(1)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("done", flush=True)

"""The services call back: of every mail that the server took, signed, in any order, and more often than once."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import requests

from tests.fault_server.hooks import BATCHES, Signed, sign, words
from tests.fault_server.journal import Accepted


def tell(
    url: str, accepted: Sequence[Accepted], told: str, at: datetime, *, times: int = 2, seed: int = 0
) -> list[int]:
    """Calls the hooks under `url`, each `times` over and shuffled; returns the statuses of the answers."""
    calls = [
        (service, signed)
        for service in sorted({each.service for each in accepted})
        for signed in _calls(service, [each for each in accepted if each.service == service], told, at)
    ]
    calls *= times
    Random(seed).shuffle(calls)
    with requests.Session() as services:
        services.trust_env = False
        return [
            services.post(f"{url}/hooks/{service}", data=call.body, headers=call.headers, timeout=30).status_code
            for service, call in calls
        ]


def _calls(service: str, accepted: Sequence[Accepted], told: str, at: datetime) -> list[Signed]:
    contents = [
        words(service, told, each.mid, to=each.to, at=at, number=number) for number, each in enumerate(accepted, 1)
    ]
    if service in BATCHES:
        return [sign(service, contents, at)]
    return [sign(service, content, at, number) for number, content in enumerate(contents, 1)]

"""The fault server: it must itself be right before it can judge."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from tests.fault_server.faults import Fault, Faults
from tests.fault_server.server import FaultServer
from tests.fault_server.wire import API_KEY, DOMAIN

ROOT = Path(__file__).parents[2]
POSTMARK = {"X-Postmark-Server-Token": API_KEY}
StartServer = Callable[..., FaultServer]


@pytest.fixture(autouse=True)
def direct_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is not reached through the proxy of the computer that runs the tests."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def start() -> Iterator[StartServer]:
    """Starts a server, stopped at the end."""
    with ExitStack() as stack:

        def start(**options: object) -> FaultServer:
            server = FaultServer(**options)  # type: ignore[arg-type]  # by name
            server.start()
            stack.callback(server.stop)
            return server

        yield start


def send(url: str, *ids: str) -> requests.Response:
    mails = [{"To": f"{mid}@client.example", "Metadata": {"mid": mid}} for mid in ids]
    return requests.post(f"{url}/email/batch", json=mails, headers=POSTMARK, timeout=5)


def resend(url: str, key: str, *ids: str) -> requests.Response:
    mails = [{"to": [f"{mid}@client.example"], "tags": [{"name": "mid", "value": mid}]} for mid in ids]
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key, "x-batch-validation": "permissive"}
    return requests.post(f"{url}/emails/batch", json=mails, headers=headers, timeout=5)


def command(url: str, **fault: object) -> requests.Response:
    return requests.post(f"{url}/_faults", json=fault, timeout=5)


def accepted(url: str) -> dict[str, int]:
    counts: dict[str, int] = requests.get(f"{url}/_accepted", timeout=5).json()["counts"]
    return counts


def test_mail_that_comes_twice_is_counted_twice(start: StartServer) -> None:
    """The judge hides nothing."""
    url = start().url
    send(url, "a", "b")
    send(url, "a")
    assert accepted(url) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        ({"kind": "lose-answer"}, {"a": 1, "b": 1}),
        ({"kind": "lose-answer", "part": 1}, {"a": 1}),
        ({"kind": "close"}, {}),
        ({"kind": "reset"}, {}),
        ({"kind": "reset", "accepts": True}, {"a": 1, "b": 1}),
    ],
)
def test_connection_is_lost_before_or_after_the_mail(
    start: StartServer, fault: dict[str, object], taken: dict[str, int]
) -> None:
    """From outside it looks the same; the journal knows."""
    url = start().url
    command(url, **fault)
    with pytest.raises(requests.ConnectionError):
        send(url, "a", "b")
    assert accepted(url) == taken


def test_hanging_server_keeps_silent(start: StartServer) -> None:
    """No answer, for as long as anybody waits."""
    url = start().url
    command(url, kind="hang", accepts=True)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{url}/email/batch", data=b"[]", headers=POSTMARK, timeout=0.2)


@pytest.mark.parametrize(
    ("fault", "status"),
    [({"kind": "throttle"}, 429), ({"kind": "error"}, 500), ({"kind": "error", "status": 503}, 503)],
)
def test_refusal_takes_nothing(start: StartServer, fault: dict[str, object], status: int) -> None:
    """A status says no, for as many requests as it was told to."""
    url = start().url
    command(url, times=2, **fault)
    assert [send(url, "a").status_code for _ in range(3)] == [status, status, 200]
    assert accepted(url) == {"a": 1}


def test_throttle_says_how_long(start: StartServer) -> None:
    """With a Retry-After where one is asked for."""
    url = start().url
    command(url, kind="throttle", retry_after=7)
    assert send(url, "a").headers["Retry-After"] == "7"


def test_garbage_follows_an_accepted_mail(start: StartServer) -> None:
    """A good status and no sense."""
    url = start().url
    command(url, kind="garbage")
    with pytest.raises(requests.JSONDecodeError):
        send(url, "a").json()
    assert accepted(url) == {"a": 1}


def test_part_of_a_batch_is_taken(start: StartServer) -> None:
    """Each service refuses the rest in its own way."""
    url = start().url
    command(url, kind="part", part=2, times=2)
    assert [item["ErrorCode"] for item in send(url, "a", "b", "c").json()] == [0, 0, 429]
    assert [item["index"] for item in resend(url, "key", "d", "e", "f").json()["errors"]] == [2]
    assert set(accepted(url)) == {"a", "b", "d", "e"}


def test_hidden_mail_is_found_the_next_time(start: StartServer) -> None:
    """An index that lags; what a fault of look-ups waits for is no send."""
    url = start().url
    command(url, kind="hide")
    send(url, "a")
    query = {"count": "50", "offset": "0", "metadata_mid": "a"}
    totals = [
        requests.get(f"{url}/messages/outbound", params=query, headers=POSTMARK, timeout=5).json()["TotalCount"]
        for _ in range(2)
    ]
    assert totals == [0, 1]


def test_chance_is_the_same_for_the_same_seed() -> None:
    """A run that failed can be run again."""

    def run(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add({"kind": "close", "probability": 0.5})
        return [faults.strike(look_up=False) is not None for _ in range(50)]

    assert run(7) == run(7) != run(8)
    assert 10 < sum(run(7)) < 40


@pytest.mark.parametrize(
    "wrong", [{}, {"kind": "rain"}, {"kind": "close", "colour": "red"}, {"kind": "close", "times": "x"}]
)
def test_command_that_is_none_is_refused(start: StartServer, wrong: dict[str, object]) -> None:
    """A misspelt fault must not make a test pass."""
    server = start()
    assert command(server.url, **wrong).status_code == 400
    assert not server.faults


def test_faults_can_be_taken_back(start: StartServer) -> None:
    """All of them at once."""
    server = start(faults=[Fault(), Fault(probability=1)])
    requests.delete(f"{server.url}/_faults", timeout=5)
    assert send(server.url, "a").ok


def test_restart_forgets_nothing(start: StartServer, tmp_path: Path) -> None:
    """What was accepted, and the first answer to every key, survive; a half-written line was never answered."""
    log = tmp_path / "accepted.log"
    first = start(log=log)
    answer = resend(first.url, "key", "a", "b").json()
    with log.open("ab") as file:
        file.write(b'[{"accepted": {"serv')
    second = start(log=log)
    assert accepted(second.url) == {"a": 1, "b": 1}
    assert resend(second.url, "key", "a", "b").json() == answer
    send(second.url, "c")
    assert accepted(start(log=log).url) == {"a": 1, "b": 1, "c": 1}


def test_batch_of_mailgun_arrives_mail_by_mail(start: StartServer) -> None:
    """Variables are filled for each reader, and an address that comes twice counts once."""
    server = start()
    variables = {"a@x.example": {"mid": "a", "n": "1"}, "b@x.example": {"mid": "b", "n": "2"}}
    form = [("to", "A <a@x.example>"), ("to", "b@x.example"), ("to", "b@x.example"), ("text", "No. %recipient.n%")]
    body = urlencode([*form, ("v:mid", "%recipient.mid%"), ("recipient-variables", json.dumps(variables))])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    requests.post(f"{server.url}/v3/{DOMAIN}/messages", body, headers=headers, auth=("api", API_KEY), timeout=5)
    assert [(each.mid, each.mail["text"]) for each in server.journal.accepted] == [("a", "No. 1"), ("b", "No. 2")]


def test_it_runs_as_a_process_and_survives_being_killed(tmp_path: Path) -> None:
    """Killed and started again, it knows what it had; the faults it starts with strike."""
    log = tmp_path / "accepted.log"
    with running(log, "--fault", '{"kind": "error"}') as url:
        assert [send(url, "a").status_code, send(url, "a").status_code] == [500, 200]
    with running(log) as url:
        assert accepted(url) == {"a": 1}


class running:  # noqa: N801 - reads as a statement
    """The server as a process of its own, killed at the end."""

    def __init__(self, log: Path, *options: str) -> None:
        self._command = [sys.executable, "-m", "tests.fault_server", "--port", "0", "--log", str(log), *options]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

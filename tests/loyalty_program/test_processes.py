"""What a crew's owner starts ends with it, however that comes about."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from loyalty_program.processes import AlreadyOwned, Crew, Job, KeepsDying, Mark

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('deaf', flush=True); time.sleep(600)",
]
OWNER = """
import sys, time
from pathlib import Path
from loyalty_program.processes import Crew, Job

with Crew(Path(sys.argv[1])) as crew:
    process = crew.start(Job(name="sleeper", command=[sys.executable, "-c", sys.argv[2]]))
    print(process.pid, crew._guard, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "crew.json"


@pytest.fixture
def owner(record: Path):
    """
    Another process that owns a crew of one, its member, and its guard.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(record), SLEEP[-1]], stdout=subprocess.PIPE
    )
    member, guard = (int(number) for number in process.stdout.readline().split())
    yield process, psutil.Process(member), psutil.Process(guard)
    process.kill()
    process.communicate()


def test_leaving_stops_its_processes(record):
    with Crew(record) as crew:
        process = crew.start(Job(name="sleeper", command=SLEEP))
        assert process.poll() is None

    assert process.returncode == -signal.SIGTERM
    assert not record.exists()


def test_leaving_kills_a_process_that_does_not_listen(record, tmp_path):
    with Crew(record, patience=0.2) as crew:
        process = crew.start(Job(name="deaf", command=STUBBORN, stdout=subprocess.PIPE))
        assert process.stdout.readline() == b"deaf\n"

    process.stdout.close()
    assert process.returncode == -signal.SIGKILL


def test_a_killed_owner_takes_its_processes_along(owner):
    process, member, guard = owner

    process.kill()

    deadline = time.monotonic() + 60
    while not (_is_over(member) and _is_over(guard)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_next_owner_stops_what_a_killed_guard_left(owner, record):
    process, member, guard = owner
    guard.kill()
    process.kill()
    process.wait()
    assert member.is_running()

    with Crew(record):
        assert _is_over(member)


def test_a_second_owner_is_refused(owner, record):
    process, member, _ = owner

    with pytest.raises(AlreadyOwned) as refusal, Crew(record):
        pass

    assert refusal.value.owner == process.pid
    assert member.is_running()


def test_a_stranger_with_a_remembered_number_is_left_alone(record):
    with subprocess.Popen(SLEEP) as stranger:
        then = psutil.Process(stranger.pid).create_time() - 3600
        assert not Mark(stranger.pid, then, signal.SIGKILL).is_alive()
        record.write_text(f'[{{"pid": {stranger.pid}, "started": {then}, "stop_with": 9}}]')

        with Crew(record):
            assert stranger.poll() is None

        stranger.kill()


def test_what_ends_by_itself_is_started_again(record, tmp_path):
    with Crew(record) as crew:
        first = crew.start(Job(name="sleeper", command=SLEEP, log=tmp_path / "log"))
        first.kill()
        first.wait()

        crew.tend()

        (mark,) = json.loads(record.read_text())
        second = psutil.Process(mark["pid"])
        assert second.pid != first.pid
        assert second.status() != psutil.STATUS_ZOMBIE

    assert not second.is_running()


def test_what_ends_again_and_again_is_given_up(record, tmp_path):
    log = tmp_path / "log"
    with Crew(record) as crew:
        crew.start(Job(name="broken", command=[sys.executable, "-c", "exit('no')"], log=log))

        with pytest.raises(KeepsDying) as failure:
            _tend_for_ever(crew)

    assert (failure.value.name, failure.value.log) == ("broken", log)
    assert set(log.read_text().split()) == {"no"}


def test_running_waits_for_the_end_and_tells_how_it_was(record):
    calls = []
    with Crew(record) as crew:
        ended = crew.run(
            Job(name="step", command=[sys.executable, "-c", "exit(3)"]),
            meanwhile=lambda: calls.append(1),
        )

        assert ended.returncode == 3
        assert record.read_text() == "[]"


def _tend_for_ever(crew: Crew) -> None:
    while True:
        crew.tend()


def _is_over(process: psutil.Process) -> bool:
    """Say whether it ended; init may take its time to bury an orphan."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

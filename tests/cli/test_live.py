"""What a change of a declaration does to a container that runs: live where it can be."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from declared import fields, last, nothing_is_left, state, succeed, until  # noqa: F401
from harness import PATIENCE, eventually, is_gone


def status(warren, name):
    return json.loads(succeed(warren, "status", "--json", name).stdout)[0]


def generations(warren, name):
    shown = status(warren, name)
    return shown["generation"], shown["runningGeneration"]


def out(warren, *arguments):
    return succeed(warren, *arguments).stdout.decode().splitlines()


def process(warren, name):
    return status(warren, name)["leader"], status(warren, name)["monitor"]


def make(warren, name, *settings, command=None):
    words = [word for setting in settings for word in ("-s", setting)]
    if command:
        words += ["-s", "boot=false", "-s", f"command={json.dumps(command)}"]
    succeed(warren, "create", name, "-i", "busybox", *words, "--start")


def test_apply_changes_live_what_it_can(warren, declare):
    declare(web={"autoStart": True}, db={"autoStart": True})
    out(warren, "apply")
    before = process(warren, "web")
    declare(web={"autoStart": True, "restart": "always", "timeoutStopSec": 5, "timeoutStartSec": 7}, db={"autoStart": True})
    lines = ["update web: restart (live), timeoutStartSec, timeoutStopSec (live)"]
    assert out(warren, "apply", "--dry-run") == lines
    assert generations(warren, "web") == (1, 1)
    assert out(warren, "apply") == lines
    assert process(warren, "web") == before and generations(warren, "web") == (2, 2)
    assert out(warren, "apply") == []
    declare(web={"autoStart": True, "restart": "no", "hostName": "www"}, db={"autoStart": True})
    lines = ["update web: hostName (restart), restart (live), timeoutStartSec, timeoutStopSec (live)"]
    assert out(warren, "apply", "--dry-run") == lines == out(warren, "apply")
    assert process(warren, "web")[0] != before[0] and generations(warren, "web") == (3, 3)
    assert state(warren, "db")["generation"] == "1"


def test_the_restart_policy_counts_at_once(warren):
    make(warren, "box", "restart=no", command=["sh", "-c", "trap 'exit 1' USR1; while :; do sleep 0.1; done"])
    monitor = process(warren, "box")[1]
    assert out(warren, "update", "box", "-s", "restart=on-failure") == [
        "update box: restart (live)", "box: generation 2, changed live"]
    os.kill(process(warren, "box")[0], signal.SIGUSR1)
    eventually(lambda: state(warren, "box").get("restarts") == "1" and state(warren, "box")["state"] == "running")
    assert process(warren, "box")[1] == monitor
    out(warren, "update", "box", "-s", "restart=no")
    os.kill(process(warren, "box")[0], signal.SIGUSR1)
    eventually(lambda: is_gone(monitor))
    assert last(warren, "box")["status"] == "1"


def test_the_time_to_stop_counts_at_once(warren):
    make(warren, "box", "timeoutStopSec=infinity", command=["sh", "-c", "trap : TERM; while :; do sleep 0.1; done"])
    out(warren, "update", "box", "-s", "timeoutStopSec=0.2")
    begin = time.monotonic()
    succeed(warren, "stop", "box")
    assert 0.2 <= time.monotonic() - begin < 10 * PATIENCE


def test_a_destroy_does_not_wait_for_what_waits_for_it(warren):
    """The monitor looks at the generation that was adopted, whose directory is held meanwhile."""
    make(warren, "box")
    out(warren, "update", "box", "-s", "timeoutStopSec=9")
    succeed(warren, "destroy", "box", timeout=20)
    assert not warren.leaks()


def test_a_later_life_is_of_the_adopted_generation(warren):
    make(warren, "box", "hostName=one", "restartIfChanged=false")
    out(warren, "update", "box", "-s", "restart=always")
    warren.run("run", "box", "reboot")  # init may end it before it comes to its own end
    eventually(lambda: state(warren, "box").get("restarts") == "1")
    until(warren, "box", "running")
    assert state(warren, "box")["generation"] == "2"
    assert succeed(warren, "run", "box", "hostname").stdout == b"one\n"
    assert b"generation 2" in (warren.root / "var/lib/warren/containers/box/console.log").read_bytes()


def test_what_waits_for_a_restart_says_so(warren):
    make(warren, "box", "restartIfChanged=false")
    before = process(warren, "box")
    assert out(warren, "update", "box", "-s", "hostName=other")[1] == (
        "box: generation 2, not restarted: restartIfChanged is false")
    out(warren, "update", "box", "-s", "restart=always")
    assert generations(warren, "box") == (3, 1) and process(warren, "box") == before
    assert out(warren, "update", "box") == ["box: nothing to change"]
    out(warren, "rollback", "box", "1")
    assert generations(warren, "box") == (1, 1) and process(warren, "box") == before
    assert out(warren, "update", "box", "-s", "restartIfChanged=true", "-s", "hostName=x")[1] == "box: generation 4, restarted"


def test_rollback_is_live_too(warren):
    make(warren, "box")
    before = process(warren, "box")
    out(warren, "update", "box", "-s", "restart=always")
    out(warren, "rollback", "box")
    assert process(warren, "box") == before and generations(warren, "box") == (1, 1)
    assert fields(warren.root / "run/warren/box/adopted")["generation"] == "1"


def test_one_that_does_not_run_is_only_switched(warren, declare):
    declare(web={})
    out(warren, "apply")
    declare(web={"restart": "always"})
    assert out(warren, "apply") == ["update web: restart (live)"]
    assert status(warren, "web")["state"] == "stopped" and generations(warren, "web") == (2, None)


def test_live_changes_at_once_end_at_the_last(warren):
    make(warren, "box")
    before = process(warren, "box")
    updates = [warren.start("update", "box", "-s", f"timeoutStopSec={i}") for i in range(20, 28)]
    assert [update.wait(timeout=60) for update in updates] == [0] * 8
    assert process(warren, "box") == before and generations(warren, "box") == (9, 9)


def kill_when_switched(warren, name, generation):
    """Kills an update that has switched, before it has done anything to what runs."""
    current = warren.root / "var/lib/warren/containers" / name / "current"
    slowly = "inject=renameat:delay_exit=20000000:when=2+"  # the first one adds the generation
    strace = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-e", slowly, "--", *warren.command("update", name)],
                              env=warren.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: os.readlink(current) == f"generations/{generation}")
    children = pathlib.Path(f"/proc/{strace.pid}/task/{strace.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    strace.kill()  # it would wait for the end of the delay
    strace.wait(timeout=30)


@pytest.mark.parametrize("verb", [("update", "web"), ("apply",)])
@pytest.mark.parametrize("change", ["hostName", "restart"])
def test_a_killed_update_is_finished_by_the_next(warren, declare, verb, change):
    declare(web={"autoStart": True})
    out(warren, "apply")
    before = process(warren, "web")
    declare(web={"autoStart": True, change: "always"})
    kill_when_switched(warren, "web", 2)
    assert generations(warren, "web") == (2, 1) and process(warren, "web") == before
    effect = "restart" if change == "hostName" else "live"
    assert out(warren, *verb)[0] == f"update web: {change} ({effect})"
    assert generations(warren, "web") == (2, 2)
    assert (process(warren, "web") == before) == (effect == "live")
    assert out(warren, "apply") == []


@pytest.mark.parametrize("verb", [("update", "web"), ("apply",)])
def test_an_update_killed_between_stop_and_start_is_finished_too(warren, declare, verb):
    declare(web={"timeoutStopSec": 5, "boot": False, "command": ["sh", "-c", "trap 'sleep 1; exit' TERM; while :; do sleep 0.1; done"]})
    out(warren, "apply")
    succeed(warren, "start", "web")
    succeed(warren, "update", "web")
    file = warren.root / "etc/warren/all.json"
    file.write_text(file.read_text().replace('"boot"', '"hostName": "www", "boot"'))
    update = warren.start("update", "web")
    until(warren, "web", "stopping")
    update.kill()
    update.wait()
    eventually(lambda: not state(warren, "web"))
    assert status(warren, "web")["state"] == "stopped"
    assert out(warren, *verb) == [{"update": "web: started again", "apply": "start web"}[verb[0]]]
    assert generations(warren, "web") == (2, 2)
    succeed(warren, "stop", "web")
    assert out(warren, "apply") == [], "who is stopped stays so"


def test_a_stop_is_the_last_word(warren, declare):
    declare(web={})
    out(warren, "apply")
    note = warren.root / "var/lib/warren/containers/web/restarting"
    note.touch()
    assert out(warren, "apply", "--dry-run") == ["start web"]
    succeed(warren, "stop", "web")
    assert not note.exists() and out(warren, "apply") == []


def services(**of):
    return "-s", "services={ " + ", ".join(f'{name} = {{ command = "{command}"{more} }}' for name, (command, more) in of.items()) + " }"


def test_a_new_service_starts_at_once(warren):
    make(warren, "box", "services.one.command=\"/bin/sleep 1001\"")
    before = process(warren, "box")
    said = out(warren, "update", "box", *services(one=("/bin/sleep 1001", ""), two=("/bin/sleep 1002", ', environment = { A = "b c" }')))
    assert said == ["update box: services.two (live)", "box: generation 2, changed live"]
    eventually(lambda: b"sleep 1002" in warren.run("run", "box", "ps").stdout)
    assert process(warren, "box") == before
    assert succeed(warren, "run", "box", "--", "sh", "-c", "ps | grep -c '[s]leep 1001'").stdout == b"1\n", "the first one stays one"
    pid = succeed(warren, "run", "box", "pidof", "sleep").stdout.split()[0].decode()
    succeed(warren, "run", "box", "kill", pid)
    eventually(lambda: len(warren.run("run", "box", "pidof", "sleep").stdout.split()) == 2)
    succeed(warren, "restart", "box")
    eventually(lambda: len(warren.run("run", "box", "pidof", "sleep").stdout.split()) == 2)


def test_other_services_need_a_restart(warren):
    make(warren, "box", "services.one.command=\"/bin/sleep 1001\"")
    for more in (services(one=("/bin/sleep 1001", ""), two=("/bin/sleep 3", ', restart = "no"')),
                 services(one=("/bin/sleep 1002", ""), two=("/bin/sleep 3", ', restart = "no"')), services()):
        before = process(warren, "box")
        assert "(restart)" in out(warren, "update", "box", *more)[0]
        assert process(warren, "box") != before

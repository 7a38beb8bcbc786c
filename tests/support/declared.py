"""Declared containers as the tests make them."""
import pathlib

from harness import eventually, is_gone


def declare(warren, name, tree, *arguments, **settings):
    """A container of `tree`: its init, or a command when there are `arguments`."""
    directory = warren.root / "var/lib/warren/containers" / name
    generation = directory / "generations/1"
    generation.mkdir(parents=True)
    (directory / "current").symlink_to("generations/1")
    settings = {"directory": tree, "generation": 1, **({} if arguments else {"boot": 1}), **settings}
    lines = [f"{key.replace('_', '-')}={value}" for key, value in settings.items()]
    lines += [f"argument={argument}" for argument in arguments]
    (generation / "runnable").write_text("\n".join(lines) + "\n")
    return directory


def fields(file):
    """A file of KEY=VALUE lines; empty when there is none."""
    try:
        return dict(line.split("=", 1) for line in pathlib.Path(file).read_text().splitlines())
    except FileNotFoundError:
        return {}


def state(warren, name):
    return fields(warren.root / "run/warren" / name / "state")


def last(warren, name):
    return fields(warren.root / "var/lib/warren/containers" / name / "last")


def succeed(warren, *arguments):
    result = warren.run(*arguments)
    assert result.returncode == 0, result.stderr.decode()
    return result


def until(warren, name, phase):
    return eventually(lambda: state(warren, name).get("state") == phase and state(warren, name))


def stop_all(warren):
    succeed(warren, "terminate", "--all")
    run = warren.root / "run/warren"
    for file in run.glob("*/state"):
        assert is_gone(int(fields(file)["monitor"]))

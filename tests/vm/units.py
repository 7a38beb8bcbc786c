"""What systemd says of warren@NAME.service."""
import subprocess


def systemctl(*arguments):
    return subprocess.run(["systemctl", *arguments], capture_output=True, text=True, timeout=300)


def properties(name, *names):
    text = systemctl("show", f"warren@{name}.service", *(f"--property={n}" for n in names)).stdout
    return dict(line.split("=", 1) for line in text.splitlines())


def active(name):
    return properties(name, "ActiveState")["ActiveState"]

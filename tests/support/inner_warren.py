"""warren inside of a container."""
import re
import shutil
import subprocess

from harness import WARREN


def add_warren(tree):
    """Puts warren into a tree, with the libraries that a build for tests needs."""
    libraries = subprocess.run(["ldd", WARREN], capture_output=True, text=True).stdout
    for library in re.findall(r"/\S+", libraries):
        place = tree / library.lstrip("/")
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, place)
    shutil.copy(WARREN, tree / "bin/warren")

"""The virtual environments that peers run in: creates them, installs what is missing, reports versions."""
import json
import pathlib
import re
import subprocess
import sys

from .progress import say

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent
HOME = BENCHMARKS / ".venv-peers"
VERSIONS = """
import importlib.metadata, json, sys
found = {}
for name in sys.argv[1:]:
    try: found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError: pass
print(json.dumps(found))
"""


def prepared(name, existing):
    """Returns the interpreter of an environment and the versions of what is in it.

    `existing` is used unchanged. Otherwise the environment is created if it does not exist yet, and missing packages
    are installed one by one, so one that is not available does not affect the others.
    """
    requirements = (BENCHMARKS / "peers" / f"requirements-{name}.txt").read_text().split()
    folder = existing or HOME / name
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"creating the environment {folder}")
        run([sys.executable, "-m", "venv", str(folder)])
    missing = [] if existing else [one for one in requirements if package(one) not in versions(python, [one])]
    for requirement in missing:
        say(f"installing {requirement} into {folder}")
        try:
            run([str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", requirement])
        except RuntimeError as error:
            say(f"  not installed: {error}")
    return python, versions(python, requirements)


def package(requirement):
    return re.split(r"[<>=!~\[;]", requirement)[0]


def versions(python, requirements):
    try:
        return json.loads(run([str(python), "-c", VERSIONS, *map(package, requirements)]))
    except (RuntimeError, ValueError):
        return {}


def run(command):
    """Returns what a command prints; raises with the last line of its errors."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(f"{command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
        errors = [line for line in lines if line.startswith("ERROR")]
        raise RuntimeError((errors or lines)[-1])
    return done.stdout

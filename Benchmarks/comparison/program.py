"""The steps of a comparison: build, install, measure in turns, report."""
import pathlib
import signal
import subprocess
import sys

from peers.networks import ORIGINAL

from . import environments, machine
from .chart import chart
from .goals import goal_table
from .launch import measure_launches
from .measuring import measure_in_turns
from .options import parsed
from .progress import say
from .results import Results
from .systems import chosen_works, goal_works
from .tables import all_figures, comparisons, launches, summary

PACKAGE = environments.BENCHMARKS.parent


def main():
    options = parsed(sys.argv[1:])
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup has the end of a terminal ignored.
        if request != signal.SIGHUP or signal.getsignal(request) != signal.SIG_IGN:
            signal.signal(request, signal.default_int_handler)
    machine.warn_of_load()
    about = {"machine": machine.description(), "command": sys.argv[1:]}
    works = goal_works(options) if options.goals else chosen_works(options)
    launched = [network.name for network in ORIGINAL if options.launch and network.name in options.networks]
    programs = options.programs or build(["tessera", *launched])
    if programs is None:
        return 1
    pythons, about["versions"] = prepare(options, works)
    options.output.mkdir(parents=True, exist_ok=True)
    results = Results(options.output, about)
    interrupted = False
    try:
        measure_in_turns(works, options, pythons, programs, results)
        if options.launch:
            measure_launches(options, programs, results)
    except KeyboardInterrupt:
        interrupted = True
        say("\ninterrupted: the tables show what was measured so far")
    report(results, options)
    if interrupted:
        return 130
    own_failures = [one for one in results.left_out if one["system"].name == "tessera"]
    return 1 if own_failures or results.failures or not results.lines else 0


def build(products):
    """Builds Tessera's programs in release and returns their folder; `None` if they cannot be built."""
    command = ["swift", "build", "--package-path", str(PACKAGE), "-c", "release"]
    for product in products:
        say(f"building {product}")
        try:
            done = subprocess.run([*command, "--product", product], stdout=sys.stderr)
        except OSError as error:
            say(f"swift: {error.strerror}")
            return None
        if done.returncode != 0:
            return None
    return pathlib.Path(subprocess.run(
        [*command, "--show-bin-path"], capture_output=True, text=True, check=True).stdout.strip())


def prepare(options, works):
    """Returns the interpreters of the environments that are needed, and all versions."""
    pythons = {}
    versions = {
        "tessera": machine.first_line("git", "-C", str(PACKAGE), "describe", "--always", "--dirty"),
        "swift": machine.first_line("swift", "--version")}
    existing = {"torch": options.torch_environment, "tensorflow": options.tensorflow_environment}
    needed = {system.environment for work in works for system in work.systems(options.peers)}
    for name in sorted(needed & set(existing)):
        try:
            pythons[name], found = environments.prepared(name, existing[name])
        except RuntimeError as error:
            say(f"no environment for {name}: {error}")
            pythons[name], found = environments.HOME / name / "bin" / "python", {}
        versions.update(found)
    say("versions: " + ", ".join(f"{name} {version}" for name, version in versions.items() if version))
    return pythons, versions


def report(results, options):
    """Prints the tables and writes them, the chart and the JSON to the output folder."""
    sections = [f"{machine.sentence(results)} Medians; rounds: {options.rounds}, timed runs per process: "
                f"{options.runs}."]
    if options.goals:
        sections.append(goal_table(results, options))
    if results.works:
        sections += [*comparisons(results), summary(results), all_figures(results)]
    sections.append(launches(results))
    sections.append("\n".join(
        f"- {one['system'].title} is left out of {one['work'].title}: {one['reason']}" for one in results.left_out))
    text = "\n\n".join(section for section in sections if section) + "\n"
    print(text)
    results.write()
    written = ["results.json", "tables.md"]
    (options.output / "tables.md").write_text(text)
    drawn = chart(results)
    if drawn:
        (options.output / "chart.svg").write_text(drawn)
        written.append("chart.svg")
    say(f"wrote {', '.join(str(options.output / name) for name in written)}")

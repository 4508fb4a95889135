"""Describes the machine, and warns if others are using it."""
import os
import pathlib
import platform
import re
import subprocess
import time

from .progress import say


def description():
    return {
        "processor": processor(), "cores": os.cpu_count(), "memoryMegabytes": memory_megabytes(),
        "system": operating_system(), "date": time.strftime("%Y-%m-%d %H:%M"), "load": round(os.getloadavg()[0], 2)}


def sentence(results):
    """Names the machine, and the instruction set and OpenBLAS's kernels that Tessera used on it."""
    about = results.about["machine"]
    own = results.first_line("tessera") or {}
    parts = [about["processor"], f"{about['cores']} cores", about["system"]]
    if "instructionSet" in own:
        parts.append(f"instruction set {own['instructionSet']}")
    if "matrixKernels" in own:
        parts.append(f"OpenBLAS's {own['matrixKernels']} kernels")
    return ", ".join([*parts, about["date"]]) + "."


def warn_of_load():
    load, cores = os.getloadavg()[0], os.cpu_count()
    if load > 0.5 * cores:
        say(f"warning: the load average is {load:.1f} on {cores} cores; other processes disturb every figure")


def processor():
    try:
        found = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
        return found.group(1).strip() if found else platform.machine()
    except OSError:
        return platform.processor() or platform.machine()


def memory_megabytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def operating_system():
    try:
        found = re.search(r'PRETTY_NAME="(.+)"', pathlib.Path("/etc/os-release").read_text())
        return f"{found.group(1)}, Linux {platform.release()}"
    except (OSError, AttributeError):
        return platform.platform()


def first_line(*command):
    """Returns the first line that a command prints; empty if there is no such command."""
    try:
        return (subprocess.run(command, capture_output=True, text=True).stdout.splitlines() or [""])[0]
    except OSError:
        return ""

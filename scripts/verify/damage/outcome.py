"""Runs a program on a mutant and judges how it ended."""

import dataclasses
import os
import resource
import signal
import subprocess
import time

# Well-behaved outcomes first.
VERDICTS = ["done", "refused", "silent", "long", "crashed", "hung", "memory"]


@dataclasses.dataclass
class Outcome:
    verdict: str
    text: str

    @property
    def is_fault(self):
        return self.verdict not in ("done", "refused")


def run(command, folder, seconds, megabytes):
    """`done`: exit 0. `refused`: exit 1 or 64 with a line that begins with Error. `silent`: another exit, or no such
    line. `long`: an error that no terminal shows whole. `crashed`: ended by a signal. `hung`, `memory`: over a limit.

    `seconds` are of the processor; by the clock ten times as many may pass, as the machine may have other work."""
    errors = folder / ".stderr"
    with open(errors, "wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output,
            preexec_fn=lambda: limits(seconds), start_new_session=True)
        end = time.time() + 10 * seconds
        pause = 0.001
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.time() > end:
                os.killpg(process.pid, signal.SIGKILL)
                os.wait4(process.pid, 0)
                process.returncode = -9
                return Outcome("hung", f"no end in {seconds} s")
            time.sleep(pause)
            pause = min(pause * 1.3, 0.05)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = errors.read_bytes().decode("utf-8", "replace").strip()
    first = next((line for line in text.split("\n") if line.startswith(("Error:", "Fatal error", "*** "))), text[-300:])
    if usage.ru_maxrss / 1000 > megabytes:
        return Outcome("memory", f"{usage.ru_maxrss / 1000:.0f} MB; {first}")
    code = process.returncode
    if code == -signal.SIGXCPU:
        return Outcome("hung", f"no end in {seconds} s")
    if code < 0 or code in (132, 133, 134, 136, 139):
        said = [line for line in text.split("\n") if "atal error" in line or "crashed" in line] or text.split("\n")
        return Outcome("crashed", f"code {code}: {said[0][:300]}")
    if code == 0:
        return Outcome("done", first)
    if code not in (1, 64) or "Error:" not in text:
        return Outcome("silent", f"code {code}: {text[-300:]!r}")
    if len(first) > 2000:
        return Outcome("long", f"{len(first)} characters: {first}")
    return Outcome("refused", first)


def limits(seconds):
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    # The most that a program may request, so a fault does not take the machine down with it.
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 30, 2 << 30))

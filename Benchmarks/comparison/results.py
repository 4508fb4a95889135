"""What was measured: every process's line, and what is derived from the lines."""
import json
import statistics


class Results:
    """Lines are on disk as soon as they are measured; an interrupted comparison keeps them."""

    def __init__(self, folder, about):
        self.about = about
        self.lines, self.launches, self.left_out, self.failures = [], [], [], []
        self._folder = folder
        self._found = {}

    def add(self, system, work, number, line):
        self.lines.append({**line, "round": number})
        self._found.setdefault(work, {}).setdefault(system, []).append(line)
        self.write()

    def add_launch(self, network, size, threads, number, first, step):
        self.launches.append({
            "network": network, "size": size, "threads": threads, "round": number, "firstStepSeconds": first,
            "stepSeconds": step})
        self.write()

    def leave_out(self, system, work, reason):
        self.left_out.append({"system": system, "work": work, "reason": reason})
        self.write()

    def is_left_out(self, system, work):
        return any(one["system"] == system and one["work"] == work for one in self.left_out)

    def fail(self, reason):
        self.failures.append(reason)
        self.write()

    def write(self):
        """Replaces results.json."""
        left_out = [{"system": one["system"].name, "work": one["work"].title, "reason": one["reason"]}
                    for one in self.left_out]
        everything = {**self.about, "lines": self.lines, "launches": self.launches, "leftOut": left_out,
                      "failures": self.failures}
        part = self._folder / "results.json.part"
        part.write_text(json.dumps(everything, indent=1) + "\n")
        part.replace(self._folder / "results.json")

    @property
    def works(self):
        return list(self._found)

    def systems(self, work):
        """Returns the systems that did a piece of work, the fastest first."""
        return sorted(self._found.get(work, {}), key=lambda system: self.seconds(work, system))

    def first_line(self, peer):
        """Returns what a system's first process printed; `None` if there is none."""
        return next((line for line in self.lines if line.get("peer") == peer), None)

    def count(self, work, system):
        return len(self._found[work][system])

    def seconds(self, work, system):
        """Returns the median over rounds of each process's median; `None` if it was not measured."""
        lines = self._found.get(work, {}).get(system)
        return statistics.median(line["medianSeconds"] for line in lines) if lines else None

    def peak(self, work, system):
        """Returns the median over rounds of each process's peak memory, in megabytes."""
        lines = self._found.get(work, {}).get(system)
        return statistics.median(line["peakMegabytes"] for line in lines) if lines else None

    def launch(self, network):
        """Returns medians over rounds of the seconds to the first step and of a later step; `None` if not measured."""
        found = [one for one in self.launches if one["network"] == network]
        if not found:
            return None
        return tuple(statistics.median(one[key] for one in found) for key in ("firstStepSeconds", "stepSeconds"))

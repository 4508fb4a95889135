"""What compare-loaders measured, and its tables."""
import json
import statistics

from .loader_systems import OWN
from .tables import table


class LoaderResults:
    """Lines are on disk as soon as they are measured; an interrupted comparison keeps them."""

    def __init__(self, folder, about):
        self.about = about
        self.lines, self.left_out = [], []
        self._folder = folder
        self._found = {}

    def add(self, system, work, number, line):
        self.lines.append({**line, "system": system.name, "photographs": work.photographs, "round": number})
        self._found.setdefault(work, {}).setdefault(system, []).append(line)
        self.write()

    def leave_out(self, system, work, reason):
        self.left_out.append({"system": system, "work": work, "reason": reason})
        self.write()

    def is_left_out(self, system, work):
        return any(one["system"] == system and one["work"] == work for one in self.left_out)

    def write(self):
        """Replaces results.json."""
        left_out = [{"system": one["system"].name, "work": one["work"].title, "reason": one["reason"]}
                    for one in self.left_out]
        part = self._folder / "results.json.part"
        part.write_text(json.dumps({**self.about, "lines": self.lines, "leftOut": left_out}, indent=1) + "\n")
        part.replace(self._folder / "results.json")

    @property
    def works(self):
        return list(self._found)

    def systems(self, work):
        """Returns the systems that did a piece of work, the fastest first."""
        return sorted(self._found.get(work, {}), key=lambda system: -self.rate(work, system))

    def rate(self, work, system):
        """Returns pictures per second: the median over rounds of each process's median; `None` if not measured."""
        lines = self._found.get(work, {}).get(system)
        return statistics.median(line["picturesPerSecond"] for line in lines) if lines else None


def tables(results, options):
    """Returns goals, then all figures, then what was left out."""
    about = results.about["machine"]
    sections = [f"{about['processor']}, {about['cores']} cores, {about['system']}, {about['date']}. Medians; rounds: "
                f"{options.rounds}, timed runs per process: {options.runs}.", goals(results), figures(results)]
    sections.append("\n".join(
        f"- {one['system'].title} is left out of {one['work'].title}: {one['reason']}" for one in results.left_out))
    return "\n\n".join(section for section in sections if section) + "\n"


def goals(results):
    """Compares Tessera with the fastest usual way of each other system, without a cache and with one."""
    rows = []
    for work in results.works:
        for own, goal in zip(OWN, (2, 10)):
            for environment, title in (("torchvision", "torchvision"), ("tensorflow", "tf.data")):
                peers = [results.rate(work, system) for system in results.systems(work)
                         if system.environment == environment and system.kind == "plain"]
                if peers and results.rate(work, own):
                    ratio = results.rate(work, own) / max(peers)
                    rows.append([work.title, f"{own.title} to {title}", goal, f"{ratio:.2f}",
                                 "met" if ratio >= goal else "missed"])
    return table(["work", "pictures per second", "goal", "measured", ""], rows, right_from=2) if rows else ""


def figures(results):
    rows = []
    for work in results.works:
        own = results.rate(work, OWN[0])
        for system in results.systems(work):
            rate = results.rate(work, system)
            title = f"**{system.title}**" if system.is_own else system.title
            rows.append([work.title, title, system.kind, f"{rate:.0f}", f"{rate / work.cores:.0f}",
                         f"{own / rate:.2f}" if own else "-"])
    header = ["work", "system", "kind", "pictures per second", "per core", "Tessera without cache relative to it"]
    return table(header, rows, right_from=3)

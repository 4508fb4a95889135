"""The systems that read pictures with masks, and what they read."""
from dataclasses import dataclass

from .environments import BENCHMARKS


@dataclass(frozen=True)
class Reading:
    """A piece of work: photographs of one size, read on a number of cores into batches of square pictures."""
    photographs: str
    cores: int
    size: int
    batch: int

    @property
    def title(self):
        is_own = self.photographs == "own"
        photographs = "the photographs as they are" if is_own else f"photographs of {self.photographs}"
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{photographs}, to {self.size} x {self.size}, {cores}"


@dataclass(frozen=True)
class LoaderSystem:
    """A way to read. `kind`: plain (decodes everything, as usual), tuned (decodes at reduced scale) or cached."""
    name: str
    title: str
    kind: str
    environment: str = ""

    @property
    def is_own(self):
        return not self.environment

    def command(self, work, options, data, pythons, programs, cache):
        settings = ["--data", str(data), "--batch", str(work.batch), "--runs", str(options.runs), "--seconds",
                    str(options.seconds)]
        if self.is_own:
            caching = ["--cache", str(cache)] if self.kind == "cached" else []
            return [str(programs / "tessera"), "bench-data", "--json", *settings, *caching, "--augmentation", "flip",
                    "--image-size", str(work.size), "--loader-threads", str(work.cores)]
        return [str(pythons[self.environment]), str(BENCHMARKS / "peers" / "loading.py"), self.name, *settings,
                "--size", str(work.size), "--threads", str(work.cores)]


OWN = [LoaderSystem("tessera", "Tessera", "plain"), LoaderSystem("tessera-cache", "Tessera, --cache", "cached")]
PEERS = {system.name: system for system in (
    LoaderSystem("torchvision", "torchvision, Pillow", "plain", "torchvision"),
    LoaderSystem("torchvision-io", "torchvision.io", "plain", "torchvision"),
    LoaderSystem("torchvision-draft", "torchvision, Pillow's draft mode", "tuned", "torchvision"),
    LoaderSystem("tensorflow", "tf.data", "plain", "tensorflow"),
    LoaderSystem("tensorflow-ratio", "tf.data, decode_jpeg(ratio=)", "tuned", "tensorflow"),
    LoaderSystem("tensorflow-cache", "tf.data, cache() in memory", "cached", "tensorflow"),
)}

"""The systems that are compared, and the work that they do."""
from dataclasses import dataclass

from peers.networks import NETWORKS

TITLES = {"train": "training step", "inference": "inference",
          **{name: network.title for name, network in NETWORKS.items()}}


@dataclass(frozen=True)
class System:
    """A system, by the name that its processes print."""
    name: str
    title: str
    modes: tuple
    environment: str = "torch"
    is_float32: bool = True


TESSERA = System("tessera", "Tessera", ("train", "inference"), environment="")
PEERS = {peer.name: peer for peer in (
    System("torch", "PyTorch", ("train", "inference")),
    System("torch-channels-last", "PyTorch, channels-last", ("train",)),
    System("torch-compile", "PyTorch, compiled", ("train",)),
    System("tensorflow", "TensorFlow", ("train",), environment="tensorflow"),
    System("onnxruntime", "ONNX Runtime", ("inference",)),
    System("openvino", "OpenVINO", ("inference",)),
    System("ncnn", "ncnn", ("inference",)),
    System("torch-bf16", "PyTorch, bfloat16", ("train", "inference"), is_float32=False),
)}
SYSTEMS = {"tessera": TESSERA, **PEERS}


@dataclass(frozen=True, order=True)
class Work:
    """What is timed: one pass of a network over a batch of square pictures."""
    mode: str
    network: str
    size: int
    batch: int
    threads: int
    # Whether only Tessera does it, for comparison with itself.
    alone: bool = False

    @property
    def title(self):
        return (f"{TITLES[self.network]} {TITLES[self.mode]}, {counted(self.batch, 'picture')} of {self.size} px, "
                f"{counted(self.threads, 'thread')}")

    @property
    def kind(self):
        """What is comparable between networks and sizes: such work shares a table."""
        return (f"{TITLES[self.mode].capitalize()}, {counted(self.batch, 'picture')}, {self.classes} classes, "
                f"{counted(self.threads, 'thread')}")

    @property
    def classes(self):
        return NETWORKS[self.network].classes

    @property
    def runs_factor(self):
        """How many times as often as others this is timed: a disturbance can hit all of a few short passes."""
        return 4 if self.mode == "inference" and self.batch * self.size**2 <= 4 * 128**2 else 1

    def systems(self, peers):
        """Returns Tessera and those of `peers` that do such work with such a network."""
        environments = () if self.alone else NETWORKS[self.network].environments
        return [TESSERA] + [peer for peer in peers if self.mode in peer.modes and peer.environment in environments]


def counted(count, thing):
    return f"1 {thing}" if count == 1 else f"{count} {thing}s"


def chosen_works(options):
    """Returns every combination of the chosen networks, modes, sizes (or each network's own) and batches."""
    return [
        Work(mode, network, size, batch, options.threads)
        for mode in options.modes for network in options.networks
        for size in options.sizes or NETWORKS[network].sizes(mode)
        for batch in options.batch or [5 if mode == "train" else 1]]


def goal_works(options):
    """Returns the work for the table of goals: with the peers, on one thread, with larger batches and pictures."""
    works = []
    for network in options.networks:
        if options.threads != 1:
            works.append(Work("train", network, 128, 5, 1, alone=True))
        works.append(Work("train", network, 128, 5, options.threads))
    for network in options.networks:
        works += [
            Work("inference", network, size, batch, options.threads, alone=(size, batch) not in ((128, 1), (512, 1)))
            for size, batch in ((128, 4), (128, 16), (128, 1), (256, 1), (512, 1))]
    return works

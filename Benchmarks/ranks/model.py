"""The time of a training step of N ranks, from a few measured numbers; docs/scale.md explains it.

All times are seconds, all lengths bytes unless said otherwise.
"""
import dataclasses
import math

BLOCK = 65_536  # parameters that always stay together
BUCKET = 8 * 2**20  # of gradients that travel together
# Exchanges that follow each other in a step: a batch's outcome and the rest of it, the first weights.
ROUNDS = 3
# Of a step's computing, in which gradients and weights can travel. The backward pass is about two thirds of it and takes
# twice as long as the forward pass; most parameters are in the deepest layers, in the middle of either.
BACKWARD, FORWARD = 0.32, 0.16


@dataclasses.dataclass
class Network:
    name: str
    parameters: int
    # Numbers that batch normalization keeps of each step, which all ranks tell each other.
    statistics: int
    # One rank's step that exchanges nothing, with another process beside it, and its standard deviation in shares.
    computing: float
    spread: float


@dataclasses.dataclass
class Machine:
    # What a byte costs the processor, sent and received together.
    per_byte: float
    # What decoding a byte of other ranks' outcomes costs.
    per_decoded_byte: float
    # A message from one rank to another, besides the link's own delay.
    latency: float


def step(network, machine, ranks, gigabits, delay=0.0):
    """The parts of a step's seconds; their sum is the step."""
    if ranks == 1:
        return {"computing": network.computing}
    rate = gigabits * 1e9 / 8
    owned = max(network.parameters / ranks, min(BLOCK, network.parameters))
    # A rank gets its own parts from all others, and later sends them to all.
    way = 4 * owned * (ranks - 1)
    # The first layers' bucket: the last gradients, and the first weights.
    last = min(way, BUCKET * (ranks - 1) / ranks)
    outcomes = (1200 + 16 / 3 * network.statistics) * (ranks - 1)
    return {
        "computing": network.computing,
        "slowest rank": network.computing * network.spread * math.sqrt(2 * math.log(ranks)),
        "gradients": max(last / rate, way / rate - BACKWARD * network.computing),
        "weights": max(last / rate, way / rate - FORWARD * network.computing),
        "outcomes": outcomes / rate + outcomes * machine.per_decoded_byte,
        "processor": 2 * way * machine.per_byte,
        "latency": ROUNDS * (machine.latency + delay),
    }


def seconds(*arguments, **named):
    return sum(step(*arguments, **named).values())


def efficiency(network, machine, ranks, gigabits, delay=0.0):
    """The share of N times one rank's speed that N ranks have."""
    return network.computing / seconds(network, machine, ranks, gigabits, delay)

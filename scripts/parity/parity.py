"""Trains both full-size networks with Keras and with Tessera, and compares their losses step by step.

    python3 scripts/parity/parity.py --data street-sample

Same initial weights, same batches, no augmentation, no dropout. Prints a table; exits with 1 if a loss of Tessera
differs from Keras' by more than 1 %. README.md next to this file says more.
"""

import json
from pathlib import Path

from programs import PACKAGE, chosen_networks, keras, options, prepare, start, table, tessera

TOLERANCE = 0.01
HEADING = ["network", "compared with Keras", "largest difference", "at step", "loss", "Keras' loss", "mean difference",
           "steps within 1 %"]


class Comparison:
    """The losses of a run next to those of the same steps with Keras."""

    def __init__(self, network, title, run, reference):
        self.network, self.title = network, title
        self.losses, self.expected = losses(run), losses(reference)
        self.differences = [abs(loss / true - 1) for loss, true in zip(self.losses, self.expected, strict=True)]
        self.largest = max(self.differences)

    @property
    def row(self):
        step = self.differences.index(self.largest)
        mean = sum(self.differences) / len(self.differences)
        # After the first step that is further away, closeness is chance.
        near = next((index for index, difference in enumerate(self.differences) if difference > TOLERANCE),
                    len(self.differences))
        return [self.network, self.title, f"{100 * self.largest:.4f} %", f"{step + 1}", f"{self.losses[step]:.6f}",
                f"{self.expected[step]:.6f}", f"{100 * mean:.4f} %", f"{near}"]


def events(run):
    """The lines of a run's metrics; none if it did not begin."""
    path = run / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def losses(run):
    """The loss of each step."""
    return [event["loss"] for event in events(run) if event["event"] == "step"]


def is_whole(run, steps):
    """Whether a run holds all steps and the validation after them."""
    found = events(run)
    return len(found) == steps + 1 and found[-1]["event"] == "epoch"


def compare(network, chosen):
    """Trains one network with both libraries unless already done; the comparison with Tessera comes first."""
    def folder(name):
        return chosen.work / f"{network}-{name}-{chosen.learning_rate:g}"

    def train_keras(run, threads, **environment):
        if not is_whole(run, chosen.steps):
            keras("train", network, chosen.work, "--output", run, "--steps", chosen.steps, "--learning-rate",
                  chosen.learning_rate, "--threads", threads, **environment)

    reference, own, plain = folder("keras"), folder("tessera"), folder("keras-plain")
    train_keras(reference, threads=2)
    if not is_whole(own, chosen.steps):
        tessera(network, chosen.work, own, "--steps-per-epoch", chosen.steps, "--validation-steps", 0, "--optimizer",
                "adam", "--learning-rate", chosen.learning_rate)
    if chosen.pictures:
        start(PACKAGE / ".build/release/tessera", "compare", own, reference, "--names", "Tessera,Keras", "--metric",
              "loss", "--metric", "accuracy", "--steps", "--output", chosen.pictures / f"parity-{network}.svg")
    comparisons = [Comparison(network, "Tessera", own, reference)]
    if chosen.yardstick:
        train_keras(plain, threads=1, TF_ENABLE_ONEDNN_OPTS="0")
        comparisons.append(Comparison(network, "Keras without oneDNN", plain, reference))
    return comparisons


def main():
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=0.0001)
    parser.add_argument("--yardstick", action="store_true",
                        help="compare Keras with itself too: without oneDNN, on one thread")
    parser.add_argument("--pictures", type=Path, help="draw the curves to parity-NETWORK.svg in this folder")
    chosen = parser.parse_args()
    prepare(chosen.data, chosen.work)
    comparisons = [comparison for network in chosen_networks(chosen) for comparison in compare(network, chosen)]
    print("\n" + table([HEADING] + [comparison.row for comparison in comparisons]))
    if any(comparison.largest > TOLERANCE for comparison in comparisons if comparison.title == "Tessera"):
        raise SystemExit(f"the losses differ by more than {100 * TOLERANCE:g} %")


if __name__ == "__main__":
    main()

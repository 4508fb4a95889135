"""Writes the golden learning rates of TesseraOptimizersTests, in double precision.

    pip install torch && python scripts/golden/schedules.py

Made with PyTorch 2.15.0. A case has a rate for each step or, on a plateau, one for each epoch with the scores of the
epochs. A warm-up of w steps is PyTorch's `LinearLR` from 1 / (w + 1).
"""

import json
import math
import pathlib

import torch
from torch.optim import lr_scheduler as schedulers

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraOptimizersTests" / "Golden"
RATE = 0.5
STEPS = 60

SCHEDULES = {
    "step": lambda o: schedulers.StepLR(o, step_size=7, gamma=0.3),
    "exponential": lambda o: schedulers.ExponentialLR(o, gamma=0.9),
    "exponential.every": lambda o: schedulers.ExponentialLR(o, gamma=0.5 ** (1 / 20)),
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, T_max=STEPS, eta_min=0.01),
    "polynomial": lambda o: schedulers.PolynomialLR(o, total_iters=STEPS, power=0.9),
    "restarts": lambda o: schedulers.CosineAnnealingWarmRestarts(o, T_0=7, eta_min=0.01),
    "restarts.longer": lambda o: schedulers.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2, eta_min=0.01),
    "step.warmUp": lambda o: warmed(o, 5, schedulers.StepLR(o, step_size=7, gamma=0.3)),
    "exponential.warmUp": lambda o: warmed(o, 5, schedulers.ExponentialLR(o, gamma=0.9)),
    "restarts.warmUp": lambda o: warmed(o, 5, schedulers.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2)),
    "oneCycle": lambda o: schedulers.OneCycleLR(o, max_lr=RATE, total_steps=STEPS),
    "oneCycle.rise": lambda o: schedulers.OneCycleLR(
        o, max_lr=RATE, total_steps=STEPS, pct_start=0.25, div_factor=10, final_div_factor=100
    ),
}
# Shorter than the others: OneCycleLR refuses a step after the last.
ONE_CYCLE_OF_THREE = lambda o: schedulers.OneCycleLR(o, max_lr=RATE, total_steps=3)

PLATEAUS = {
    "plateau": {},
    "plateau.patience": dict(patience=2),
    "plateau.none": dict(patience=0, factor=0.5, min_lr=0.003),
    "plateau.relative": dict(patience=3, factor=0.3, threshold=0.05, threshold_mode="rel"),
    "plateau.absolute": dict(patience=3, factor=0.3, threshold=0.03, threshold_mode="abs"),
}


def warmed(optimizer, steps, schedule):
    start = schedulers.LinearLR(optimizer, start_factor=1 / (steps + 1), total_iters=steps)
    return schedulers.SequentialLR(optimizer, [start, schedule], milestones=[steps])


def new_optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)


def rates(make, steps):
    optimizer = new_optimizer()
    scheduler = make(optimizer)
    result = []
    for step in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    return result


def scores():
    """Rises, falls back and stays, like a validation score."""
    return [round(0.6 * (1 - math.exp(-epoch / 9)) + 0.04 * math.sin(epoch * 12.9898), 6) for epoch in range(STEPS)]


def rates_on_plateau(settings):
    optimizer = new_optimizer()
    # By default PyTorch ignores drops of less than 1e-8.
    scheduler = schedulers.ReduceLROnPlateau(optimizer, mode="max", eps=0, **settings)
    result = [optimizer.param_groups[0]["lr"]]
    for score in scores():
        scheduler.step(score)
        result.append(optimizer.param_groups[0]["lr"])
    return result


def main():
    cases = {name: rates(make, STEPS) for name, make in SCHEDULES.items()}
    cases["oneCycle.short"] = rates(ONE_CYCLE_OF_THREE, 3)
    cases |= {name: rates_on_plateau(settings) for name, settings in PLATEAUS.items()}
    text = json.dumps({"torch": torch.__version__.split("+")[0], "scores": scores(), "rates": cases}, indent=1)
    (GOLDEN / "schedules.json").write_text(text + "\n")
    print("schedules.json", len(text), "characters,", len(cases), "cases")


if __name__ == "__main__":
    main()

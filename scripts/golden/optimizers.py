"""Writes the golden trajectories of TesseraOptimizersTests: weights after each of eight steps with changing rates.

    pip install numpy safetensors tensorflow-cpu && python scripts/golden/optimizers.py keras
    pip install numpy safetensors torch          && python scripts/golden/optimizers.py pyTorch

Made with Keras 3.15.1 (TensorFlow 2.21.0) and PyTorch 2.15.0.
"""

import pathlib
import sys

import numpy as np
from safetensors.numpy import save

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "TesseraOptimizersTests" / "Golden"
RATES = [0.1, 0.1, 0.05, 0.02, 0.2, 0.01, 0.3, 0.001]
SHAPES = {"filter": (3, 5), "bias": (5,)}

# A parameter's own settings: a factor of the learning rate, and PyTorch's or Keras' way to exempt it from weight decay.
GROUPS = {"filter": {"factor": 0.1}, "bias": {"weight_decay": 0}}
SPARED = {"bias": {"weight_decay": 0}}

# A kind of optimizer, its settings, and the parameters that have their own.
KERAS = {
    "sgd": ("SGD", {}),
    "sgd.momentum": ("SGD", dict(momentum=0.9)),
    "sgd.nesterov": ("SGD", dict(momentum=0.9, nesterov=True)),
    "sgd.decay": ("SGD", dict(momentum=0.9, weight_decay=0.05)),
    "rmsprop": ("RMSprop", {}),
    "rmsprop.momentum": ("RMSprop", dict(momentum=0.9)),
    "rmsprop.centered": ("RMSprop", dict(centered=True)),
    "rmsprop.centered.momentum": ("RMSprop", dict(rho=0.8, momentum=0.5, epsilon=1e-3, centered=True)),
    "adam": ("Adam", {}),
    "adam.betas": ("Adam", dict(beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
    "adamw": ("AdamW", {}),
    "adamw.decay": ("AdamW", dict(weight_decay=0.5)),
    "sgd.spared": ("SGD", dict(momentum=0.9, weight_decay=0.05), SPARED),
    "adamw.spared": ("AdamW", dict(weight_decay=0.5), SPARED),
}
PYTORCH = {
    "sgd": ("SGD", {}),
    "sgd.momentum": ("SGD", dict(momentum=0.9)),
    "sgd.dampening": ("SGD", dict(momentum=0.9, dampening=0.3)),
    "sgd.nesterov": ("SGD", dict(momentum=0.9, nesterov=True)),
    "sgd.decay": ("SGD", dict(momentum=0.9, weight_decay=0.05)),
    "rmsprop": ("RMSprop", {}),
    "rmsprop.momentum": ("RMSprop", dict(momentum=0.9)),
    "rmsprop.centered": ("RMSprop", dict(centered=True)),
    "rmsprop.centered.momentum": ("RMSprop", dict(alpha=0.8, momentum=0.5, eps=1e-3, centered=True)),
    "adam": ("Adam", {}),
    "adam.betas": ("Adam", dict(betas=(0.8, 0.95), eps=1e-4)),
    "adamw": ("AdamW", {}),
    "adamw.decay": ("AdamW", dict(weight_decay=0.5)),
    "sgd.groups": ("SGD", dict(momentum=0.9, weight_decay=0.05), GROUPS),
    "rmsprop.groups": ("RMSprop", dict(momentum=0.9), GROUPS),
    "adam.groups": ("Adam", {}, GROUPS),
    "adamw.groups": ("AdamW", dict(weight_decay=0.5), GROUPS),
}


def waves(shape, phase):
    """Numbers between -1 and 1 without a pattern, the same on every machine."""
    return np.sin(np.arange(np.prod(shape)) * 12.9898 + phase).astype(np.float32).reshape(shape)


def inputs():
    initial = {name: waves(shape, index) for index, (name, shape) in enumerate(SHAPES.items())}
    gradients = []
    for step in range(len(RATES)):
        gradient = {name: waves(shape, 10 + 3 * step + index) for index, (name, shape) in enumerate(SHAPES.items())}
        gradient["filter"][0] *= 1e-5  # so small that epsilon counts
        gradient["bias"][1] = 0
        gradients.append(gradient)
    return initial, gradients


def run_keras(initial, gradients, kind, arguments, groups={}):
    import keras

    variables = {name: keras.Variable(value) for name, value in initial.items()}
    optimizer = getattr(keras.optimizers, kind)(**arguments)
    if groups:
        optimizer.exclude_from_weight_decay(var_list=[variables[name] for name in groups])
    for rate, gradient in zip(RATES, gradients):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor(gradient[name]) for name in variables], list(variables.values()))
        yield {name: np.array(variable.numpy()) for name, variable in variables.items()}


def run_pytorch(initial, gradients, kind, arguments, groups={}):
    import torch

    parameters = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in initial.items()}
    own = {name: dict(groups.get(name, {})) for name in parameters}
    factors = [own[name].pop("factor", 1) for name in parameters]
    optimizer = getattr(torch.optim, kind)(
        [{"params": [parameter], **own[name]} for name, parameter in parameters.items()], **arguments
    )
    for rate, gradient in zip(RATES, gradients):
        for group, factor in zip(optimizer.param_groups, factors):
            group["lr"] = factor * rate
        for name, parameter in parameters.items():
            parameter.grad = torch.tensor(gradient[name])
        optimizer.step()
        yield {name: parameter.detach().numpy().copy() for name, parameter in parameters.items()}


def main(library):
    cases, run = {"keras": (KERAS, run_keras), "pyTorch": (PYTORCH, run_pytorch)}[library]
    initial, gradients = inputs()
    tensors = {"rates": np.array(RATES, np.float32)}
    for name in SHAPES:
        tensors[f"initial.{name}"] = initial[name]
        tensors[f"gradient.{name}"] = np.stack([gradient[name] for gradient in gradients])
    for case, settings in cases.items():
        weights = list(run(initial, gradients, *settings))
        for name in SHAPES:
            tensors[f"{case}/{name}"] = np.stack([step[name] for step in weights])
    GOLDEN.mkdir(parents=True, exist_ok=True)
    path = GOLDEN / f"{library}.safetensors"
    path.write_bytes(save(tensors))
    print(path.name, path.stat().st_size, "bytes,", len(cases), "cases")


if __name__ == "__main__":
    main(sys.argv[1])

"""Golden values of whole networks: the U-Net and the VGG-16 FCNN in Tests/Golden, narrow, with every gradient.

Everything is computed by Keras in float64 from float32 inputs and weights and rounded once. Runs in float32, one as it
is and several with inputs and weights moved by some roundings, must agree: then no ReLU, no pooling window and no
optimizer step of the fixture depends on the last bits of an implementation.
"""

from dataclasses import dataclass
from typing import Callable

from architectures import fcnn, unet
from fixture import Fixture, difference, keras, np, tf, use_precision

CLASSES = 7
VOID = 255
STEPS = 3
RATE = 0.001
BELOW = 1_500_000
PERTURBED_RUNS = 4
PERTURBATION = 1e-6
PERTURBED_AGREEMENT = 1e-4
GRADIENTS_AGREEMENT = 2e-5
UPDATES_AGREEMENT = 3e-5
OPTIMIZERS = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "rmsprop": keras.optimizers.RMSprop}
FULL_SIZE = {"unet": 34_523_095, "fcnn": 22_269_973}


@dataclass(frozen=True)
class Network:
    """A narrow network: `make` builds it for images of `size`; `seed` decides inputs, labels and weights.

    One that is trained also has a second labeling with void pixels and a few steps of each optimizer.
    """

    name: str
    seed: int
    size: tuple
    make: Callable
    description: dict
    is_trained: bool = True


def parameters(model):
    """The model's variables by path: the layer's name, then `filter` or `bias`."""
    kinds = {"kernel": "filter", "bias": "bias"}
    return {f"{layer.name}.{kinds[variable.name]}": variable for layer in model.layers for variable in layer.weights}


def random_arrays(network):
    """Inputs, two labelings (the second has void pixels) and weights at He's scale with biases that are not zero."""
    random = np.random.default_rng(network.seed)
    images = random.standard_normal((2, *network.size, 3)).astype(np.float32)
    labels = random.integers(0, CLASSES, images.shape[:3])
    arrays = {"input": images, "labels": labels}
    if network.is_trained:
        arrays["voidLabels"] = np.where(random.random(labels.shape) < 0.2, VOID, labels)
    model = network.make(network.size)
    for path, variable in parameters(model).items():
        deviation = 0.1
        if path.endswith(".filter"):
            layer = model.get_layer(path.removesuffix(".filter"))
            height, width, *channels = variable.shape
            is_transposed = isinstance(layer, keras.layers.Conv2DTranspose)
            fan_in = height * width * channels[is_transposed] / (layer.strides[0] ** 2 if is_transposed else 1)
            deviation = (2 / fan_in) ** 0.5
        arrays[f"weights/{path}"] = (deviation * random.standard_normal(variable.shape)).astype(np.float32)
    return arrays


def perturbed(arrays, seed):
    """The arrays with inputs and weights moved by a relative `PERTURBATION`, some roundings of float32."""
    random = np.random.default_rng(seed)

    def moved(array):
        return array * (1 + PERTURBATION * random.standard_normal(array.shape))

    return {name: array if name in ("labels", "voidLabels") else moved(array) for name, array in arrays.items()}


def run(network, arrays, dtype):
    """Logits, losses, gradients and the weights after a few steps of each optimizer, computed in `dtype`."""
    use_precision(dtype)
    keras.backend.clear_session()
    model = network.make(network.size)
    variables = parameters(model)
    images = tf.constant(arrays["input"], dtype)

    def reset():
        for path, variable in variables.items():
            variable.assign(arrays[f"weights/{path}"])

    def differentiate(labels):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=VOID)
        with tf.GradientTape() as tape:
            logits = model(images, training=True)
            value = loss(labels, logits)
        return logits, value, tape.gradient(value, [variable.value for variable in variables.values()])

    reset()
    results = {}
    labelings = [("labels", "loss", "gradients"), ("voidLabels", "voidLoss", "voidGradients")]
    for labels, loss, prefix in labelings if network.is_trained else labelings[:1]:
        results["logits"], results[loss], gradients = differentiate(arrays[labels])
        results |= {f"{prefix}/{path}": gradient for path, gradient in zip(variables, gradients)}
    for name, make in (OPTIMIZERS if network.is_trained else {}).items():
        reset()
        optimizer = make(RATE)
        losses = []
        for _ in range(STEPS):
            _, loss, gradients = differentiate(arrays["labels"])
            losses.append(loss.numpy())
            optimizer.apply(gradients, list(variables.values()))
        results[f"losses/{name}"] = np.array(losses)
        results |= {f"{name}/{path}": variable.numpy() for path, variable in variables.items()}
    return {name: np.asarray(result) for name, result in results.items()}


def agreement(name):
    """The distance within which a plain float32 run must stay."""
    kind = name.split("/")[0]
    if kind in OPTIMIZERS:
        return UPDATES_AGREEMENT
    return GRADIENTS_AGREEMENT if kind in ("gradients", "voidGradients") else 1e-5


def instability(network, arrays, results):
    """Names whose float32 values stray from `results`, with the distance, and gradients that are zero throughout."""
    unstable = {name: 0 for name, result in results.items() if "radients/" in name and not result.any()}
    for name, result in run(network, arrays, "float32").items():
        distance = difference(result, results[name])
        if distance > agreement(name):
            unstable[name] = distance
    for seed in range(PERTURBED_RUNS):
        for name, result in run(network, perturbed(arrays, seed), "float32").items():
            distance = difference(result, results[name])
            if distance > PERTURBED_AGREEMENT:
                unstable[name] = max(distance, unstable.get(name, 0))
    return unstable


def record(network):
    """Computes, checks and writes `<name>` and, for a trained network, `<name>_optimizers`."""
    arrays = random_arrays(network)
    results = run(network, arrays, "float64")
    unstable = instability(network, arrays, results)
    assert not unstable, f"{network.name}: seed {network.seed} is not stable, choose another: {unstable}"
    configuration = network.description | {"classes": CLASSES, "dropout": 0.0, "void": VOID, "seed": network.seed}
    values, updates = Fixture(), Fixture()
    for name, array in (arrays | results).items():
        is_update = name.removeprefix("losses/").split("/")[0] in OPTIMIZERS
        (updates if is_update else values).add(name, array)
    values.describe("network", configuration)
    values.write(f"{network.name}.safetensors", BELOW)
    if network.is_trained:
        updates.describe("network", configuration)
        updates.describe("optimizers", {name: settings_of(make(RATE)) for name, make in OPTIMIZERS.items()})
        updates.describe("steps", STEPS)
        updates.write(f"{network.name}_optimizers.safetensors", BELOW)


def settings_of(optimizer):
    """The settings that decide an optimizer's update, from its own configuration."""
    names = {"learning_rate": "rate", "beta_1": "beta1", "beta_2": "beta2", "rho": "rho", "epsilon": "epsilon",
             "momentum": "momentum", "weight_decay": "weightDecay"}
    settings = optimizer.get_config() | {"learning_rate": RATE}
    return {ours: settings[theirs] for theirs, ours in names.items() if settings.get(theirs) is not None}


def check_full_size():
    """The networks at full width with 151 classes have the published parameter counts."""
    use_precision("float32")
    models = {"unet": lambda: unet((128, 128), 64, 151), "fcnn": lambda: fcnn((128, 128), 64, 151)}
    for name, make in models.items():
        count = make().count_params()
        print(f"{name}: {count:,} parameters at full size")
        assert count == FULL_SIZE[name], f"{name} should have {FULL_SIZE[name]:,} parameters"


FCNN = {"model": "FCNN", "width": 4, "widths": [4, 8, 16, 32, 32]}
NETWORKS = [
    Network("unet", 1, (32, 32), lambda size: unet(size, 3, CLASSES),
            {"model": "UNet", "width": 3, "widths": [3, 6, 12, 24, 48]}),
    Network("fcnn", 1, (32, 32), lambda size: fcnn(size, 4, CLASSES), FCNN | {"head": "original"}),
    # At 32 x 32 the deepest features would be one pixel, and fc6 would use one tap of its 7 x 7.
    Network("fcnn_convolutionalized", 2, (64, 64), lambda size: fcnn(size, 4, CLASSES, fully_connected=24),
            FCNN | {"head": "convolutionalized", "fullyConnectedWidth": 24}, is_trained=False),
]


def main():
    check_full_size()
    for network in NETWORKS:
        record(network)


if __name__ == "__main__":
    main()

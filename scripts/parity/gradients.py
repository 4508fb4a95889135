"""Compares the gradients of the first step with those that Keras computes in float64.

    python3 scripts/parity/gradients.py --data street-sample

For each network: the error of all gradients together, relative to their magnitude, and the layer with the
largest error of its own, for Keras in float32 with and without oneDNN and for Tessera.
"""

import numpy as np
from safetensors.numpy import load_file

from programs import chosen_networks, keras, options, prepare, table, tessera, weights

# A step of plain gradient descent so large that the change of a weight gives its gradient to many digits.
RATE = 100
HEADING = ["network", "computed by", "relative error", "largest of a layer", "layer"]


def keras_gradients(network, work, precision, **environment):
    name = "-".join([network, "gradients", precision] + list(environment.values()))
    path = work / f"{name}.safetensors"
    keras("gradients", network, work, "--output", path, "--precision", precision, **environment)
    return load_file(path)


def tessera_gradients(network, work):
    run = work / f"{network}-gradients-tessera"
    tessera(network, work, run, "--steps-per-epoch", 1, "--validation-steps", 1, "--optimizer", "sgd",
            "--learning-rate", RATE)
    before, after = load_file(weights(network, work)), load_file(run / "checkpoints/last.safetensors")
    return {path: (value.astype(np.float64) - after[path]) / RATE for path, value in before.items()}


def row(network, title, gradients, exact):
    errors = {path: np.linalg.norm(gradients[path] - true) for path, true in exact.items()}
    norms = {path: np.linalg.norm(true) for path, true in exact.items()}
    whole = np.linalg.norm(list(errors.values())) / np.linalg.norm(list(norms.values()))
    worst = max(exact, key=lambda path: errors[path] / norms[path])
    return [network, title, f"{whole:.1e}", f"{errors[worst] / norms[worst]:.1e}", worst]


def main():
    chosen = options(__doc__).parse_args()
    prepare(chosen.data, chosen.work)
    rows = [HEADING]
    for network in chosen_networks(chosen):
        exact = keras_gradients(network, chosen.work, "float64")
        rows += [
            row(network, "Keras", keras_gradients(network, chosen.work, "float32"), exact),
            row(network, "Keras without oneDNN",
                keras_gradients(network, chosen.work, "float32", TF_ENABLE_ONEDNN_OPTS="0"), exact),
            row(network, "Tessera", tessera_gradients(network, chosen.work), exact)]
    print("\n" + table(rows))


if __name__ == "__main__":
    main()

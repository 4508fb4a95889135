"""Trains a network with Keras, and writes the run as Tessera's trainers do.

    python3 keras_training.py weights unet --weights unet.safetensors
    python3 keras_training.py train   unet --weights unet.safetensors --data DIR --output RUN --steps 50
    python3 keras_training.py gradients unet --weights unet.safetensors --data DIR --output FILE

Environment variables of TensorFlow (TF_ENABLE_ONEDNN_OPTS=0) choose its kernels; each run is a separate process.
"""

import argparse
import json
import platform
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "golden"))

from architectures import fcnn, unet
from fixture import keras, np, tf, use_precision
from networks import FULL_SIZE, parameters
from safetensors.numpy import load_file, save_file

import photographs

MODELS = {"unet": unet, "fcnn": fcnn}
SEED = 1


def network(name, size):
    """The network at full size; stops if it does not have the published number of parameters."""
    model = MODELS[name]((size, size), 64, photographs.OUTPUTS)
    count = model.count_params()
    assert count == FULL_SIZE[name], f"{name} has {count:,} parameters instead of {FULL_SIZE[name]:,}"
    return model


def initial_value(name, path, shape, seed):
    """Like the original networks: Glorot-uniform filters, He-normal ones in the blocks of the U-Net; zero biases."""
    if path.endswith(".bias"):
        return np.zeros(shape, np.float32)
    is_block = name == "unet" and path.split(".")[-2] in ("first", "second")
    make = keras.initializers.HeNormal if is_block else keras.initializers.GlorotUniform
    return np.asarray(make(seed=seed)(shape, dtype="float32"))


def normalized(name, pictures):
    """Pixels as the network's weights expect them: 0...1 for the U-Net, VGG's own form for the FCNN."""
    if name == "unet":
        return pictures / 255
    return keras.applications.imagenet_utils.preprocess_input(pictures.copy(), mode="caffe")


def write_weights(chosen):
    """Draws initial weights and writes them under the names that they have in Swift."""
    variables = parameters(network(chosen.network, chosen.size))
    save_file(
        {path: initial_value(chosen.network, path, variable.shape, SEED + number)
         for number, (path, variable) in enumerate(variables.items())}, chosen.weights)


def batches(pictures, masks, size, count):
    """`count` batches in the order of the data: each continues where the one before it ended, wrapping at the end."""
    for step in range(count):
        indices = np.arange(step * size, (step + 1) * size) % len(pictures)
        yield pictures[indices], masks[indices]


class Training:
    """A network with the chosen weights and its loss."""

    def __init__(self, chosen):
        tf.config.threading.set_intra_op_parallelism_threads(chosen.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(SEED)
        use_precision(chosen.precision)
        self.model = network(chosen.network, chosen.size)
        self.variables = parameters(self.model)
        for path, value in load_file(chosen.weights).items():
            self.variables[path].assign(value)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def measured(self, pictures, masks, training):
        """The mean loss of all pixels and the share of correct ones."""
        logits = self.model(pictures, training=training)
        right = tf.equal(tf.argmax(logits, -1, output_type=tf.int32), masks)
        return self.loss(masks, logits), tf.reduce_mean(tf.cast(right, tf.float64))

    def gradients(self, pictures, masks):
        """Loss, accuracy and the gradient by each variable."""
        with tf.GradientTape() as tape:
            loss, accuracy = self.measured(pictures, masks, training=True)
        return loss, accuracy, tape.gradient(loss, [variable.value for variable in self.variables.values()])


def write_gradients(chosen):
    """Writes the gradients of the first batch under the names that the weights have in Swift."""
    training = Training(chosen)
    pictures, masks = photographs.read(chosen.data, "training")
    batch = next(batches(normalized(chosen.network, pictures), masks, chosen.batch_size, 1))
    gradients = training.gradients(tf.constant(batch[0], chosen.precision), batch[1])[2]
    save_file({path: gradient.numpy() for path, gradient in zip(training.variables, gradients)}, chosen.output)


def train(chosen):
    """One epoch of `steps` steps of Adam, validated at its end."""
    trained = Training(chosen)
    optimizer = keras.optimizers.Adam(chosen.learning_rate)

    @tf.function
    def update(pictures, masks):
        loss, accuracy, gradients = trained.gradients(pictures, masks)
        optimizer.apply(gradients, list(trained.variables.values()))
        return loss, accuracy

    output = chosen.output
    output.mkdir(parents=True, exist_ok=True)
    (output / "config.json").write_text(json.dumps(configuration(chosen), indent=2, sort_keys=True) + "\n")
    training = photographs.read(chosen.data, "training")
    pictures, masks = normalized(chosen.network, training[0]), training[1]
    losses, start = [], time.perf_counter()
    with open(output / "metrics.jsonl", "w", buffering=1) as log:
        for step, batch in enumerate(batches(pictures, masks, chosen.batch_size, chosen.steps)):
            begin = time.perf_counter()
            loss, accuracy = (float(value) for value in update(*map(tf.constant, batch)))
            losses.append((loss, accuracy))
            log.write(line(
                event="step", epoch=1, step=step + 1, loss=loss, accuracy=accuracy,
                learningRate=chosen.learning_rate, seconds=time.perf_counter() - begin, dataSeconds=0.0))
        validation_loss, validation_accuracy = validated(trained, chosen)
        loss, accuracy = (float(value) for value in np.mean(losses, axis=0))
        log.write(line(
            event="epoch", epoch=1, loss=loss, accuracy=accuracy, validationLoss=validation_loss,
            validationAccuracy=validation_accuracy, seconds=time.perf_counter() - start))


def validated(trained, chosen):
    """Loss and accuracy over all validation pictures."""
    pictures, masks = photographs.read(chosen.data, "validation")
    pictures = normalized(chosen.network, pictures)
    sums = np.zeros(2)
    for start in range(0, len(masks), chosen.batch_size):
        part = slice(start, start + chosen.batch_size)
        values = trained.measured(pictures[part], masks[part], training=False)
        sums += len(masks[part]) * np.array([float(value) for value in values])
    return map(float, sums / len(masks))


def line(**values):
    return json.dumps(values, sort_keys=True, separators=(",", ":")) + "\n"


def configuration(chosen):
    """What `config.json` of a run holds, as far as Keras has it."""
    return {
        "model": chosen.network, "parameterCount": FULL_SIZE[chosen.network], "data": str(chosen.data),
        "imageSize": chosen.size, "batchSize": chosen.batch_size, "epochs": 1, "stepsPerEpoch": chosen.steps,
        "optimizer": "adam", "learningRate": chosen.learning_rate, "threads": chosen.threads,
        "precision": chosen.precision, "augmentation": "none", "shuffles": False,
        "initialWeights": str(chosen.weights), "started": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keras": keras.__version__, "tensorflow": tf.__version__, "python": platform.python_version()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("weights", "train", "gradients"))
    parser.add_argument("network", choices=tuple(MODELS))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=5)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--learning-rate", type=float, default=0.001)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    chosen = parser.parse_args()
    {"weights": write_weights, "train": train, "gradients": write_gradients}[chosen.action](chosen)


if __name__ == "__main__":
    main()

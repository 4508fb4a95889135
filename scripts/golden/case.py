"""A case of a golden file of layers: its arrays, its function, and the gradients that follow from them."""

import zlib
from dataclasses import dataclass, field
from typing import Callable

from fixture import keras, np, tf, use_precision


@dataclass(frozen=True)
class Case:
    """One computation: `function` maps all arrays, by name, to results, the first of which is `output`."""

    name: str
    description: dict
    function: Callable
    arrays: dict
    constants: dict = field(default_factory=dict)


def generator(name):
    """Each case has its own stream, so a new case does not change the others."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def normal(random, *shape, scale=1.0, mean=0.0):
    return (mean + scale * random.standard_normal(shape)).astype(np.float32)


def run(case, dtype):
    """Results and gradients of sum(output * seed), computed in `dtype`."""
    use_precision(dtype)
    arrays = {name: tf.constant(array, dtype) for name, array in case.arrays.items()}
    constants = {name: tf.constant(array, dtype) for name, array in case.constants.items()}
    with tf.GradientTape() as tape:
        tape.watch(list(arrays.values()))
        results = case.function(arrays | constants)
        shape = tuple(results["output"].shape) or (1,)
        seed = normal(generator(case.name + ".seed"), *shape)
        objective = tf.reduce_sum(tf.reshape(results["output"], shape) * tf.constant(seed, dtype))
    gradients = tape.gradient(objective, arrays)
    results = {name: result.numpy() for name, result in results.items()}
    results["seed"] = seed
    for name, gradient in gradients.items():
        results[f"gradient.{name}"] = gradient.numpy()
    return results


def applying(make, parameters=(), state=(), training=False):
    """A function that makes a Keras layer and applies it to the array `input` with the named parameters.

    In training the new values of the names in `state` are results too, as `new.<name>`.
    """

    def function(arrays):
        layer = make()
        layer.build(arrays["input"].shape)
        output, updated = layer.stateless_call(
            [arrays[name] for name in parameters],
            [arrays[name] for name in state] + layer.non_trainable_variables[len(state):],
            arrays["input"],
            **({"training": training} if state else {}),
        )
        news = {f"new.{name}": value for name, value in zip(state, updated)} if training else {}
        return {"output": output} | news

    return function

"""Golden values of single layers, activations and losses: Tests/Golden/layers.safetensors.

Every case is computed by Keras in float64 from float32 inputs and rounded once; a float32 run must agree with it.
"""

from case import Case, applying, generator, normal, run
from fixture import Fixture, difference, keras, np, tf

AGREEMENT = 1e-5


def convolution(size, channels, kernel, stride=1, padding="same", dilation=1, groups=1, relu=False, bias=True, batch=1):
    inputs, outputs = channels
    name = f"conv2d.{size[0]}x{size[1]}.{inputs}to{outputs}.kernel{kernel}.stride{stride}.{padding}"
    name += f".dilation{dilation}.groups{groups}" + (".relu" if relu else "") + ("" if bias else ".unbiased")
    activation = "relu" if relu else "linear"

    def make():
        settings = {"dilation_rate": dilation, "groups": groups, "activation": activation, "use_bias": bias}
        return keras.layers.Conv2D(outputs, kernel, stride, padding, **settings)

    parameters = ["filter", "bias"] if bias else ["filter"]
    layer = applying(make, parameters)

    def equivalent(arrays):
        """The same sum for gradients that TensorFlow lacks on a CPU.

        Grouped: one convolution per slice of the channels, concatenated. Dilated: zeros between the filter's taps.
        """
        filter = arrays["filter"]
        if dilation > 1:
            extent = (kernel - 1) * dilation + 1
            steps = range(0, extent, dilation)
            taps = tf.constant([[row, column] for row in steps for column in steps])
            values = tf.reshape(filter, (kernel * kernel, inputs // groups, outputs))
            filter = tf.scatter_nd(taps, values, (extent, extent, inputs // groups, outputs))
        slices = zip(tf.split(arrays["input"], groups, axis=-1), tf.split(filter, groups, axis=-1))
        output = tf.concat([keras.ops.conv(part, taps, stride, padding) for part, taps in slices], axis=-1)
        output = output + arrays["bias"] if bias else output
        output = tf.nn.relu(output) if relu else output
        assert difference(output.numpy(), layer(arrays)["output"].numpy()) < AGREEMENT, f"{name}: not equivalent"
        return {"output": output}

    random = generator(name)
    arrays = {"input": normal(random, batch, *size, inputs)}
    fan_in = kernel * kernel * inputs // groups
    arrays["filter"] = normal(random, kernel, kernel, inputs // groups, outputs, scale=(2 / fan_in) ** 0.5)
    if bias:
        arrays["bias"] = normal(random, outputs)
    description = {
        "layer": "Conv2D", "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation,
        "groups": groups, "activation": activation, "bias": bias,
    }
    return Case(name, description, equivalent if dilation > 1 or groups > 1 else layer, arrays)


def transposed(size, channels, kernel, stride, padding="same", relu=False, bias=True, batch=1):
    inputs, outputs = channels
    name = f"conv2dTranspose.{size[0]}x{size[1]}.{inputs}to{outputs}.kernel{kernel}.stride{stride}.{padding}"
    name += (".relu" if relu else "") + ("" if bias else ".unbiased")
    activation = "relu" if relu else "linear"

    def make():
        return keras.layers.Conv2DTranspose(outputs, kernel, stride, padding, activation=activation, use_bias=bias)

    random = generator(name)
    arrays = {"input": normal(random, batch, *size, inputs)}
    fan_in = max(1, kernel * kernel * inputs // stride**2)
    arrays["filter"] = normal(random, kernel, kernel, outputs, inputs, scale=(2 / fan_in) ** 0.5)
    if bias:
        arrays["bias"] = normal(random, outputs)
    cropped = max(kernel - stride, 0) if padding == "same" else 0
    description = {
        "layer": "Conv2DTranspose", "kernel": kernel, "stride": stride, "padding": padding, "activation": activation,
        "bias": bias, "cropping": [cropped // 2, cropped - cropped // 2],
    }
    return Case(name, description, applying(make, ["filter", "bias"] if bias else ["filter"]), arrays)


def convolutions():
    """All kernels, strides and paddings, then dilations, groups and fused activations."""
    sizes = [(7, 5), (8, 9), (5, 5)]
    table = [(kernel, stride, padding)
             for kernel in (1, 2, 3, 5, 7) for stride in (1, 2, 3) for padding in ("same", "valid")]
    for index, (kernel, stride, padding) in enumerate(table):
        size = (8, 9) if padding == "valid" and kernel > 5 else sizes[(index // 6 + index // 2 + index % 2) % 3]
        yield convolution(size, (2, 3), kernel, stride, padding)
    yield convolution((7, 5), (16, 16), 3)
    yield convolution((9, 6), (3, 8), 3, batch=2, relu=True)
    yield convolution((8, 9), (3, 4), 3, stride=2, batch=2, relu=True)
    yield convolution((5, 5), (4, 3), 1, padding="valid", relu=True)
    yield convolution((7, 5), (2, 3), 3, bias=False)
    for kernel in (2, 3, 5):
        for padding in ("same", "valid"):
            yield convolution((9, 11), (2, 3), kernel, padding=padding, dilation=2)
    for groups in (2, 4):
        yield convolution((7, 5), (4, 8), 3, groups=groups)
        yield convolution((8, 9), (4, 4), 3, stride=2, groups=groups)
        yield convolution((5, 5), (8, 4), 1, padding="valid", groups=groups)
    yield convolution((8, 9), (4, 6), 3, dilation=2, groups=2, relu=True, batch=2)


def transposed_convolutions():
    sizes = [(4, 3), (3, 5), (5, 5)]
    table = [(kernel, stride, padding)
             for kernel in (2, 3, 4) for stride in (1, 2, 3) for padding in ("same", "valid")]
    for index, (kernel, stride, padding) in enumerate(table):
        yield transposed(sizes[(index // 6 + index // 2 + index % 2) % 3], (3, 2), kernel, stride, padding)
    yield transposed((3, 2), (2, 3), 16, 8)
    yield transposed((2, 3), (3, 2), 16, 8, "valid")
    yield transposed((3, 5), (4, 3), 3, 2, relu=True, batch=2)
    yield transposed((5, 3), (3, 4), 4, 2, relu=True, bias=False, batch=2)


def dense():
    for name, activation in (("dense", "linear"), ("dense.relu", "relu")):
        random = generator(name)
        arrays = {"input": normal(random, 3, 7), "weight": normal(random, 7, 5), "bias": normal(random, 5)}
        function = applying(lambda activation=activation: keras.layers.Dense(5, activation), ["weight", "bias"])
        yield Case(name, {"layer": "Dense", "activation": activation, "bias": True}, function, arrays)


def normalizations():
    """Inputs have their own mean and deviation, so a forgotten term shows."""
    parameters, state = ["gamma", "beta"], ["movingMean", "movingVariance"]
    for mode in ("training", "inference"):
        name = f"batchNormalization.{mode}"
        random = generator(name)
        arrays = {"input": normal(random, 2, 5, 3, 4, scale=1.5, mean=0.7),
                  "gamma": normal(random, 4, mean=1, scale=0.3), "beta": normal(random, 4)}
        running = {"movingMean": normal(random, 4), "movingVariance": np.abs(normal(random, 4, mean=1, scale=0.2))}
        function = applying(keras.layers.BatchNormalization, parameters, state, training=mode == "training")
        description = {"layer": "BatchNormalization", "mode": mode, "momentum": 0.99, "epsilon": 1e-3}
        yield Case(name, description, function, arrays, running)
    grouped = lambda: keras.layers.GroupNormalization(2)
    table = [
        ("groupNormalization", grouped, {"groups": 2, "epsilon": 1e-3}, (2, 5, 3, 4)),
        ("layerNormalization", keras.layers.LayerNormalization, {"axis": -1, "epsilon": 1e-3}, (2, 3, 5, 6)),
    ]
    for name, make, description, shape in table:
        random = generator(name)
        arrays = {"input": normal(random, *shape, scale=1.5, mean=0.7),
                  "gamma": normal(random, shape[-1], mean=1, scale=0.3), "beta": normal(random, shape[-1])}
        layer = name[0].upper() + name[1:]
        yield Case(name, {"layer": layer} | description, applying(make, parameters), arrays)


def lowercased(layer):
    return layer.__name__[0].lower() + layer.__name__[1:]


def pools():
    for layer in (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D):
        for window, stride in ((2, 2), (3, 2), (3, 1)):
            for padding in ("same", "valid"):
                for size in ((7, 5), (8, 9)):
                    name = f"{lowercased(layer)}.{size[0]}x{size[1]}.window{window}.stride{stride}.{padding}"
                    description = {"layer": layer.__name__, "window": window, "stride": stride, "padding": padding}
                    make = (lambda layer=layer, window=window, stride=stride, padding=padding:
                            layer(window, stride, padding))
                    yield Case(name, description, applying(make), {"input": normal(generator(name), 2, *size, 3)})
    for layer in (keras.layers.GlobalMaxPooling2D, keras.layers.GlobalAveragePooling2D):
        name = lowercased(layer)
        yield Case(name, {"layer": layer.__name__}, applying(layer), {"input": normal(generator(name), 2, 5, 3, 4)})


def upsamplings():
    for method in ("nearest", "bilinear"):
        for factor in (2, 3):
            name = f"upSampling2D.{method}.factor{factor}"
            make = lambda factor=factor, method=method: keras.layers.UpSampling2D(factor, interpolation=method)
            description = {"layer": "UpSampling2D", "interpolation": method, "factor": factor}
            yield Case(name, description, applying(make), {"input": normal(generator(name), 2, 5, 3, 2)})


def activations():
    slope = keras.layers.LeakyReLU().negative_slope
    table = [
        ("relu", keras.activations.relu, {}),
        ("leakyRelu", lambda x: keras.layers.LeakyReLU()(x), {"negativeSlope": slope}),
        ("sigmoid", keras.activations.sigmoid, {}),
        ("tanh", keras.activations.tanh, {}),
        ("gelu", lambda x: keras.activations.gelu(x, approximate=False), {"approximate": False}),
        ("softmax", keras.activations.softmax, {"axis": -1}),
    ]
    for name, function, settings in table:
        apply = lambda arrays, function=function: {"output": function(arrays["input"])}
        arrays = {"input": normal(generator(name), 3, 5, 7, scale=2)}
        yield Case(f"activation.{name}", {"layer": "Activation", "activation": name} | settings, apply, arrays)


def losses():
    """Losses of 5 classes on [2, 3, 4] pixels; in some cases a few pixels are void or have weights."""
    classes, void, shape = 5, 255, (2, 3, 4)

    def sparse(name, ignoring, weighted, reduction="sum_over_batch_size"):
        name = f"sparseCategoricalCrossentropy.{name}"
        random = generator(name)
        labels = random.integers(0, classes, shape)
        if ignoring:
            labels[random.random(shape) < 0.3] = void
        constants = {"labels": labels.astype(np.float32)}
        if weighted:
            constants["sampleWeight"] = random.uniform(0.1, 2, shape).astype(np.float32)
        arrays = {"input": normal(random, *shape, classes, scale=2)}
        ignored = void if ignoring else None

        def function(arrays):
            loss = keras.losses.SparseCategoricalCrossentropy(
                from_logits=True, ignore_class=ignored, reduction=reduction
            )
            return {"output": loss(arrays["labels"], arrays["input"], sample_weight=arrays.get("sampleWeight"))}

        description = {"layer": "SparseCategoricalCrossentropy", "classes": classes, "ignoreClass": ignored,
                       "weighted": weighted, "reduction": reduction}
        return Case(name, description, function, arrays, constants)

    yield sparse("mean", ignoring=False, weighted=False)
    yield sparse("ignoring", ignoring=True, weighted=False)
    for reduction in ("sum_over_batch_size", "mean_with_sample_weight"):
        yield sparse(f"weighted.{reduction}", ignoring=False, weighted=True, reduction=reduction)
        yield sparse(f"weighted.ignoring.{reduction}", ignoring=True, weighted=True, reduction=reduction)

    name = "categoricalCrossentropy.smoothed"
    random = generator(name)
    labels = random.integers(0, classes, shape)

    def smoothed(arrays):
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
        return {"output": loss(keras.ops.one_hot(labels, classes), arrays["input"])}

    description = {"layer": "CategoricalCrossentropy", "classes": classes, "labelSmoothing": 0.1}
    arrays = {"input": normal(random, *shape, classes, scale=2)}
    yield Case(name, description, smoothed, arrays, {"labels": labels.astype(np.float32)})

    name = "meanSquaredError"
    random = generator(name)
    squared = lambda arrays: {"output": keras.losses.MeanSquaredError()(arrays["target"], arrays["input"])}
    yield Case(name, {"layer": "MeanSquaredError"}, squared, {"input": normal(random, 3, 4, 2)},
               {"target": normal(random, 3, 4, 2)})


def main():
    fixture = Fixture()
    names = []
    families = (convolutions, transposed_convolutions, dense, normalizations, pools, upsamplings, activations, losses)
    for case in (case for family in families for case in family()):
        results = run(case, "float64")
        for name, result in run(case, "float32").items():
            distance = difference(result, results[name])
            assert distance < AGREEMENT, f"{case.name}/{name}: float32 and float64 differ by {distance:.1e}"
        for name, array in (case.arrays | case.constants | results).items():
            fixture.add(f"{case.name}/{name}", array)
        fixture.describe(case.name, case.description)
        names.append(case.name)
    fixture.describe("cases", names)
    fixture.write("layers.safetensors", below=600_000)
    print(f"{len(names)} cases")


if __name__ == "__main__":
    main()

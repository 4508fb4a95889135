"""Exports networks of Keras as ONNX by tf2onnx, to compare their import with ONNX Runtime.

    python3 -m venv .build/keras
    .build/keras/bin/pip install tensorflow-cpu tf2onnx onnxruntime keras-hub tokenizers segmodels-keras
    .build/keras/bin/python scripts/verify/onnx_keras.py /tmp/networks --compare [NAME...]

onnx_case.py says what is written and compared. Weights are random, statistics and scales not those of new networks.
Pictures are channels-last.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

from onnx_case import CLASSES, LARGEST, SIZES, main, picture

INPUT = (None, None, 3)


def block(x, width, normalization):
    for _ in range(2):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(normalization()(x))
    return x


def unet(normalization=layers.BatchNormalization):
    """The U-Net of most tutorials, with the softmax that they end with."""
    image = x = keras.Input(INPUT)
    skips = []
    for width in [16, 32, 64]:
        skips.append(block(x, width, normalization))
        x = layers.MaxPooling2D()(skips[-1])
    x = layers.Dropout(0.3)(block(x, 128, normalization))
    for width, skip in zip([64, 32, 16], reversed(skips)):
        x = layers.Conv2DTranspose(width, 2, strides=2, padding="same")(x)
        x = block(layers.concatenate([x, skip]), width, normalization)
    return keras.Model(image, layers.Conv2D(CLASSES, 1, activation="softmax")(x))


def xception_unet():
    """The U-Net with separable convolutions of Keras' examples."""
    image = keras.Input(INPUT)
    x = layers.Rescaling(1.0)(image)
    x = layers.Activation("relu")(layers.BatchNormalization()(layers.Conv2D(32, 3, strides=2, padding="same")(x)))
    former = x
    for width in [64, 128, 256]:
        for _ in range(2):
            x = layers.SeparableConv2D(width, 3, padding="same")(layers.Activation("relu")(x))
            x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        x = former = layers.add([x, layers.Conv2D(width, 1, strides=2, padding="same")(former)])
    for width in [256, 128, 64, 32]:
        for _ in range(2):
            x = layers.Conv2DTranspose(width, 3, padding="same")(layers.Activation("relu")(x))
            x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(2)(x)
        x = former = layers.add([x, layers.Conv2D(width, 1, padding="same")(layers.UpSampling2D(2)(former))])
    return keras.Model(image, layers.Conv2D(CLASSES, 3, activation="softmax", padding="same")(x))


def on_encoder(make, names):
    """A U-Net on an encoder of keras.applications: skips from the outputs of these layers, deepest last."""
    encoder = make(input_shape=INPUT, include_top=False, weights=None)
    outputs = [encoder.get_layer(name).output for name in names]
    x = outputs[-1]
    for width, skip in zip([128, 64, 48, 32], reversed(outputs[:-1])):
        x = layers.Conv2DTranspose(width, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Concatenate()([x, skip])
    return keras.Model(encoder.input, layers.Conv2DTranspose(CLASSES, 3, strides=2, padding="same")(x))


def deeplab(size):
    """The DeepLabV3+ of Keras' examples, on ResNet-50."""
    encoder = keras.applications.ResNet50(input_shape=(*size, 3), include_top=False, weights=None)

    def convolution(x, width=256, kernel=3, dilation=1):
        x = layers.Conv2D(width, kernel, padding="same", dilation_rate=dilation, use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    x = encoder.get_layer("conv4_block6_2_relu").output
    parts = [convolution(x, kernel=1)] + [convolution(x, dilation=rate) for rate in [6, 12, 18]]
    x = convolution(layers.Concatenate()(parts), kernel=1)
    x = layers.UpSampling2D(4, interpolation="bilinear")(x)
    low = convolution(encoder.get_layer("conv2_block3_2_relu").output, 48, 1)
    x = convolution(convolution(layers.Concatenate()([x, low])))
    x = layers.UpSampling2D(4, interpolation="bilinear")(x)
    return keras.Model(encoder.input, layers.Conv2D(CLASSES, 1)(x))


def hub_deeplab(size):
    import keras_hub
    backbone = keras_hub.models.ResNetBackbone(
        input_conv_filters=[64], input_conv_kernel_sizes=[7], stackwise_num_filters=[64, 128, 256, 512],
        stackwise_num_blocks=[2, 2, 2, 2], stackwise_num_strides=[1, 2, 2, 2], block_type="basic_block",
        image_shape=(*size, 3))
    network = keras_hub.models.DeepLabV3Backbone(
        image_encoder=backbone, low_level_feature_key="P2", spatial_pyramid_pooling_key="P4", dilation_rates=[6, 12, 18],
        upsampling_size=4)
    return keras_hub.models.DeepLabV3ImageSegmenter(backbone=network, num_classes=CLASSES, activation=None)


def hub_segformer(size):
    import keras_hub
    encoder = keras_hub.models.MiTBackbone(
        layerwise_depths=[2, 2, 2, 2], num_layers=4, layerwise_num_heads=[1, 2, 5, 8],
        layerwise_sr_ratios=[8, 4, 2, 1], max_drop_path_rate=0.1, layerwise_patch_sizes=[7, 3, 3, 3],
        layerwise_strides=[4, 2, 2, 2], image_shape=(*size, 3), hidden_dims=[32, 64, 160, 256])
    network = keras_hub.models.SegFormerBackbone(image_encoder=encoder, projection_filters=256)
    return keras_hub.models.SegFormerImageSegmenter(backbone=network, num_classes=CLASSES)


def models(kind, encoder, size=(None, None)):
    import segmodels_keras
    segmodels_keras.set_framework("keras")
    return getattr(segmodels_keras, kind)(
        encoder, classes=CLASSES, activation="linear", encoder_weights=None, input_shape=(*size, 3))


MOBILE = ["block_1_expand_relu", "block_3_expand_relu", "block_6_expand_relu", "block_13_expand_relu", "block_16_project"]
EFFICIENT = [f"block{k}a_expand_activation" for k in [2, 3, 4, 6]] + ["top_activation"]
NETWORKS = {
    "keras-unet": unet,
    "keras-unet-layer_normalization": lambda: unet(layers.LayerNormalization),
    "keras-xception-unet": xception_unet,
    "keras-unet-mobilenet_v2": lambda: on_encoder(keras.applications.MobileNetV2, MOBILE),
    "keras-unet-efficientnet_b0": lambda: on_encoder(keras.applications.EfficientNetB0, EFFICIENT),
    "segmodels_keras-unet-resnet34": lambda: models("Unet", "resnet34"),
    "segmodels_keras-linknet-mobilenetv2": lambda: models("Linknet", "mobilenetv2"),
}
# Networks that are built for pictures of one size, and exported for each of these.
FIXED = {
    "keras-deeplabv3plus-resnet50": (deeplab, SIZES),
    "keras_hub-deeplabv3plus-resnet18": (hub_deeplab, SIZES),
    "segmodels_keras-fpn-efficientnetb0": (lambda size: models("FPN", "efficientnetb0", size), SIZES),
    "keras_hub-segformer_b0": (hub_segformer, [(64, 64), (128, 128)]),  # it takes square ones only
}


def randomize(network, size):
    """Statistics and scales as after a training, and a last layer that gives logits of about `LARGEST`."""
    random = np.random.default_rng(0)
    flat = [layer for layer in network._flatten_layers() if layer.weights]
    for layer in network._flatten_layers():
        if isinstance(layer, layers.Normalization):
            # Tensors that belong to no graph would become inputs of the file.
            layer.mean, layer.variance = np.asarray(layer.mean), np.asarray(layer.variance)
    for layer in flat:
        if isinstance(layer, (layers.BatchNormalization, layers.LayerNormalization)):
            for values in layer.weights:
                name = values.path.split("/")[-1]
                drawn = random.uniform(0.5, 1.5, values.shape) if name in ("gamma", "moving_variance") \
                    else random.normal(0, 0.1, values.shape)
                values.assign(drawn)
    last = [layer for layer in flat if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose))][-1]
    activation, last.activation = last.activation, keras.activations.linear
    logits = keras.Model(network.inputs, network.outputs)(picture(*size, is_last=True), training=False)
    for values in last.weights:
        values.assign(values * (LARGEST / np.abs(np.asarray(logits)).max()))
    last.activation = activation


def export(make, path, size=None):
    keras.utils.set_random_seed(0)
    network = make(size) if size else make()
    randomize(network, size or SIZES[1])
    image = keras.InputSpec(shape=(None, *(size or (None, None)), 3), dtype="float32", name="image")
    network.export(path, format="onnx", opset_version=17, input_signature=[image], verbose=False)
    return {"is_last": True, **({"sizes": [size]} if size else {})}


def cases():
    for name, make in NETWORKS.items():
        yield name, lambda path, make=make: export(make, path)
    for name, (make, sizes) in FIXED.items():
        for size in sizes:
            yield "{}-{}x{}".format(name, *size), lambda path, make=make, size=size: export(make, path, size)


main(dict(cases()))

"""The two networks in Keras; a layer's name is the path of the same layer in Swift."""

from fixture import keras

CONVOLUTIONS_PER_BLOCK = (2, 2, 3, 3, 3)


def convolution(channels, kernel, name, activation="relu"):
    return keras.layers.Conv2D(channels, kernel, padding="same", activation=activation, name=name)


def transposed(channels, kernel, stride, name, activation="relu", use_bias=True):
    return keras.layers.Conv2DTranspose(
        channels, kernel, stride, padding="same", activation=activation, use_bias=use_bias, name=name
    )


def unet(size, width, classes, dropout=0.0):
    """U-Net (Ronneberger, Fischer and Brox, 2015) with same padding; logits at the size of the images."""

    def block(features, channels, path):
        features = convolution(channels, 3, f"{path}first")(features)
        return convolution(channels, 3, f"{path}second")(features)

    images = keras.Input((*size, 3))
    features, skips = images, []
    for level in range(4):
        features = block(features, width * 2**level, f"encoder.{level}.")
        skips.append(features)
        features = keras.layers.MaxPooling2D(2)(features)
        features = keras.layers.Dropout(dropout)(features)
    features = block(features, width * 16, "bottleneck.")
    for index, skip in enumerate(reversed(skips)):
        channels = skip.shape[-1]
        up = transposed(channels, 3, 2, f"decoder.{index}.up")(features)
        features = keras.layers.Concatenate()([up, skip])
        features = keras.layers.Dropout(dropout)(features)
        features = block(features, channels, f"decoder.{index}.block.")
    return keras.Model(images, convolution(classes, 1, "classifier", activation=None)(features))


def fcnn(size, width, classes, fully_connected=None, dropout=0.0):
    """FCN-8s (Long, Shelhamer and Darrell, 2015) on VGG-16; logits at the size of the images.

    With `fully_connected`, VGG's dense layers follow as convolutions of that many channels; without, they are absent.
    """
    images = keras.Input((*size, 3))
    features, pools = images, []
    for block, count in enumerate(CONVOLUTIONS_PER_BLOCK):
        for index in range(count):
            path = f"backbone.blocks.{block}.convolutions.{index}"
            features = convolution(width * min(2**block, 8), 3, path)(features)
        features = keras.layers.MaxPooling2D(2)(features)
        pools.append(features)
    if fully_connected:
        for name, kernel in (("fc6", 7), ("fc7", 1)):
            features = convolution(fully_connected, kernel, name)(features)
            features = keras.layers.Dropout(dropout)(features)
    for level, score, pool in ((5, "score4", pools[3]), (4, "score3", pools[2])):
        up = transposed(classes, 4, 2, f"up{level}", use_bias=False)(features)
        features = keras.layers.Add()([convolution(classes, 1, score, activation=None)(pool), up])
    return keras.Model(images, transposed(classes, 16, 8, "up3", activation=None)(features))

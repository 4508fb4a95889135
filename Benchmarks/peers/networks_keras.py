"""Both networks for Keras, with Tessera's parameter counts: pictures [batch, height, width, 3] -> logits."""
from keras import Input, Model, layers
from networks import NETWORKS, check_count


def convolutions(features, filters, count):
    for _ in range(count):
        features = layers.Conv2D(filters, 3, padding="same", activation="relu")(features)
    return features


def enlarged(features, filters, kernel, stride, activation=None, bias=True):
    return layers.Conv2DTranspose(
        filters, kernel, strides=stride, padding="same", activation=activation, use_bias=bias)(features)


def unet(pictures, classes):
    """Ronneberger, Fischer and Brox 2015, padded, with dropout after each pool and before each decoder block."""
    features, kept = pictures, []
    for width in (64, 128, 256, 512):
        kept.append(convolutions(features, width, 2))
        features = layers.Dropout(0.3)(layers.MaxPooling2D(2)(kept[-1]))
    features = convolutions(features, 1024, 2)
    for width, skip in zip((512, 256, 128, 64), reversed(kept)):
        joined = layers.Concatenate()([enlarged(features, width, 3, 2, activation="relu"), skip])
        features = convolutions(layers.Dropout(0.3)(joined), width, 2)
    return layers.Conv2D(classes, 1)(features)


def fcnn(pictures, classes):
    """FCN-8s on VGG-16 (Long, Shelhamer and Darrell 2015) without VGG's dense layers."""
    pooled = [pictures]
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        pooled.append(layers.MaxPooling2D(2)(convolutions(pooled[-1], width, count)))
    scores = pooled[5]
    for finer in (pooled[4], pooled[3]):
        coarse = enlarged(scores, classes, 4, 2, activation="relu", bias=False)
        scores = layers.Add()([layers.Conv2D(classes, 1)(finer), coarse])
    return enlarged(scores, classes, 16, 8)


def network(name, size):
    """Returns the network for pictures of `size`; stops if it has not as many parameters as Tessera's."""
    pictures = Input((size, size, 3))
    made = Model(pictures, {"unet": unet, "fcnn": fcnn}[name](pictures, NETWORKS[name].classes))
    check_count(NETWORKS[name], made.count_params(), "Keras")
    return made

"""The pictures that go through a network in inference, and the check of what comes out."""
import numpy


def random_pictures(batch, size):
    """Returns pictures [batch, 3, size, size], the same on every call."""
    return numpy.random.default_rng(1).random((batch, 3, size, size), dtype=numpy.float32)


def sampled(logits):
    """Returns 16 x 16 pixels of each picture's logits [batch, classes, size, size]: enough to compare, yet small."""
    step = max(1, logits.shape[-1] // 16)
    return numpy.array(logits[..., ::step, ::step])


def check(logits, expected, system="PyTorch"):
    """Stops if an engine computes something other than `system`, whose sampled logits are expected."""
    found = sampled(logits)
    if found.shape != expected.shape:
        raise SystemExit(f"the logits' shape differs from {system}'s: {found.shape}, sampled, not {expected.shape}")
    error = numpy.abs(found - expected).max() / numpy.abs(expected).max()
    if not error < 1e-3:
        raise SystemExit(f"the logits differ from {system}'s by {error:.2g} of the largest")

"""Times a peer's training step: forward pass, loss, gradients, Adam. Prints one line of JSON.

    python training.py unet torch --batch 5 --size 128 --threads 2 --runs 7
"""
import os

import timing
from networks import NETWORKS


def torch_step(chosen):
    import networks_torch
    import torch
    from torch.nn.functional import cross_entropy

    halves = chosen.peer == "torch-bf16"
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(1)
    # bfloat16 wants channels last; which layout is faster in 32 bits depends on the machine, so both are peers.
    is_channels_last = halves or chosen.peer == "torch-channels-last"
    layout = torch.channels_last if is_channels_last else torch.contiguous_format
    network = networks_torch.network(chosen.network).to(memory_format=layout).train()
    adam = torch.optim.Adam(network.parameters(), lr=0.001)
    model = torch.compile(network) if chosen.peer == "torch-compile" else network
    pictures = torch.rand(chosen.batch, 3, chosen.size, chosen.size).to(memory_format=layout)
    labels = torch.randint(NETWORKS[chosen.network].classes, (chosen.batch, chosen.size, chosen.size))

    def step():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=halves):
            logits = model(pictures)
        loss = cross_entropy(logits.float(), labels)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()

    return step


def tensorflow_step(chosen):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(chosen.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(chosen.threads)
    import keras
    import networks_keras

    network = networks_keras.network(chosen.network, chosen.size)
    network.compile(
        optimizer=keras.optimizers.Adam(0.001), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    shape = (chosen.batch, chosen.size, chosen.size)
    pictures = tensorflow.random.uniform((*shape, 3))
    labels = tensorflow.random.uniform(shape, maxval=NETWORKS[chosen.network].classes, dtype=tensorflow.int32)
    return lambda: network.train_on_batch(pictures, labels)


def main():
    peers = ["torch", "torch-channels-last", "torch-compile", "torch-bf16", "tensorflow"]
    chosen = timing.options(__doc__, peers, batch=5).parse_args()
    step = tensorflow_step if chosen.peer == "tensorflow" else torch_step
    timing.measure(step(chosen), "train", chosen)


if __name__ == "__main__":
    main()

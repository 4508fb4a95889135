"""Times a training step of PyTorch's DistributedDataParallel over gloo: forward, loss, gradients, Adam. Rank 0 prints
one line of JSON. With one rank it is an ordinary step.

    python ddp.py unet-resnet34 torch --rank 0 --ranks 2 --address 127.0.0.1 --interface lo --threads 1
"""
import argparse
import datetime
import json
import os
import statistics
import time

import networks_torch
import torch
from networks import NETWORKS
from torch.nn.functional import cross_entropy


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("layout", choices=["torch", "torch-channels-last"])
    parser.add_argument("--rank", type=int, default=0)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--address", default="127.0.0.1", help="rank 0's")
    parser.add_argument("--port", default="29511")
    parser.add_argument("--interface", default="lo")
    parser.add_argument("--batch", type=int, default=5)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=6)
    return parser.parse_args()


def main():
    chosen = options()
    torch.set_num_threads(chosen.threads)
    torch.manual_seed(1)
    layout = torch.channels_last if chosen.layout == "torch-channels-last" else torch.contiguous_format
    network = networks_torch.network(chosen.network).to(memory_format=layout).train()
    parameters = sum(each.numel() for each in network.parameters())
    if chosen.ranks > 1:
        os.environ.update(
            MASTER_ADDR=chosen.address, MASTER_PORT=chosen.port, GLOO_SOCKET_IFNAME=chosen.interface)
        torch.distributed.init_process_group(
            "gloo", rank=chosen.rank, world_size=chosen.ranks, timeout=datetime.timedelta(seconds=300))
        network = torch.nn.parallel.DistributedDataParallel(network)
    adam = torch.optim.Adam(network.parameters(), lr=0.001)
    pictures = torch.rand(chosen.batch, 3, chosen.size, chosen.size).to(memory_format=layout)
    labels = torch.randint(NETWORKS[chosen.network].classes, (chosen.batch, chosen.size, chosen.size))
    seconds = []
    for _ in range(2 + chosen.runs):
        start = time.perf_counter()
        adam.zero_grad(set_to_none=True)
        cross_entropy(network(pictures), labels).backward()
        adam.step()
        seconds.append(time.perf_counter() - start)
    if chosen.rank == 0:
        print(json.dumps({"network": chosen.network, "system": chosen.layout, "ranks": chosen.ranks,
                          "parameters": parameters, "seconds": statistics.median(seconds[2:]), "all": seconds[2:]}))
    if chosen.ranks > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()

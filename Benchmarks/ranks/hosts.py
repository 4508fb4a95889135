"""Two hosts on one machine: network namespaces, with a link between them that has a rate and a delay.

Rates are tc's token buckets on a pair of virtual Ethernet devices. A delay is made by a process that passes packets on,
because not every kernel has netem; it takes a part of a core. Needs root.
"""
import collections
import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import time

HOSTS = ["tessera-a", "tessera-b"]
ADDRESSES = ["10.99.0.1", "10.99.0.2"]
NETWORK = "10.99.0.0/24"
DEVICE = "wire"


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


def inside(host, *words):
    """The command line of a program on a host, which has a name of its own."""
    named = f"hostname {HOSTS[host]}; exec \"$@\""
    return ["ip", "netns", "exec", HOSTS[host], "unshare", "--uts", "sh", "-c", named, "sh", *words]


def remote_shell(folder):
    """A program that mpirun, on the first host, takes for SSH to the second."""
    agent = folder / "remote-shell"
    agent.write_text(
        f"#!/bin/sh\nshift\nexec ip netns exec {HOSTS[1]} unshare --uts sh -c "
        f"'hostname {HOSTS[1]}; exec sh -c \"$*\"' sh \"$@\"\n")
    agent.chmod(0o755)
    return str(agent)


def remove():
    for host in HOSTS:
        subprocess.run(["ip", "netns", "delete", host], capture_output=True)


@contextlib.contextmanager
def linked(gigabits=None, milliseconds=0):
    """The two hosts exist within it; `gigabits` per second in each direction (none: as fast as it goes)."""
    remove()
    relay = None
    try:
        for host in HOSTS:
            run("ip", "netns", "add", host)
            run("ip", "-n", host, "link", "set", "lo", "up")
        if milliseconds:
            relay = start_relay(milliseconds)
        else:
            run("ip", "link", "add", DEVICE, "netns", HOSTS[0], "type", "veth", "peer", "name", DEVICE, "netns", HOSTS[1])
        for host, address in zip(HOSTS, ADDRESSES):
            run("ip", "-n", host, "address", "add", f"{address}/24", "dev", DEVICE)
            run("ip", "-n", host, "link", "set", DEVICE, "up")
            if gigabits:
                run("tc", "-n", host, "qdisc", "add", "dev", DEVICE, "root", "tbf", "rate", f"{gigabits}gbit",
                    "burst", "256kb", "latency", "50ms")
        yield
    finally:
        if relay:
            relay.terminate()
            relay.wait()
        remove()


# MARK: The process that delays

MTU = 65000


def start_relay(milliseconds):
    relay = subprocess.Popen([sys.executable, __file__, str(milliseconds)], stdout=subprocess.PIPE)
    if relay.stdout.readline().strip() != b"ready":
        raise RuntimeError("no link with a delay can be made; see above")
    return relay


def tunnel(host):
    """The descriptor of a new device on a host, from which its packets are read."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    set_interface, plain_packets = 0x400454CA, 0x0001 | 0x1000
    fcntl.ioctl(device, set_interface, struct.pack("16sH", DEVICE.encode(), plain_packets))
    run("ip", "link", "set", DEVICE, "netns", host)
    run("ip", "-n", host, "link", "set", DEVICE, "mtu", str(MTU), "txqueuelen", "10000")
    return device


def relay(seconds):
    ends = [tunnel(host) for host in HOSTS]
    print("ready", flush=True)
    waiting = [collections.deque(), collections.deque()]
    while True:
        now = time.monotonic()
        for packets, other in zip(waiting, reversed(ends)):
            while packets and packets[0][0] <= now:
                with contextlib.suppress(OSError):
                    os.write(other, packets.popleft()[1])
        due = min((packets[0][0] for packets in waiting if packets), default=now + 1)
        # A little early, then in a loop: the system's timers are late by as much as 50 microseconds.
        ready, _, _ = select.select(ends, [], [], max(0, due - time.monotonic() - 6e-5))
        for end in ready:
            with contextlib.suppress(OSError):
                while True:
                    packet = os.read(end, 1 << 16)
                    waiting[ends.index(end)].append((time.monotonic() + seconds, packet))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    relay(float(sys.argv[1]) / 1000)

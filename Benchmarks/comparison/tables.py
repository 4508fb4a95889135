"""Results as Markdown."""
from .systems import PEERS, TESSERA, TITLES


def table(header, rows, right_from):
    """Returns a table whose cells are right-aligned from the column `right_from` on."""
    marks = ["---" if index < right_from else "--:" for index in range(len(header))]
    return "\n".join("| " + " | ".join(map(str, cells)) + " |" for cells in [header, marks, *rows])


def digits(seconds):
    return f"{seconds:.2f}" if seconds >= 1 else f"{seconds:.3f}" if seconds >= 0.1 else f"{seconds:.4f}"


def fastest_peer(results, work):
    """Returns the fastest peer that computes in 32 bits; `None` if none was measured."""
    return next((system for system in results.systems(work) if system != TESSERA and system.is_float32), None)


def quotient(numerator, denominator):
    return numerator / denominator if numerator and denominator else None


def memory_ratio(results, work):
    """Returns Tessera's peak memory divided by PyTorch's; `None` if one of them was not measured."""
    return quotient(results.peak(work, TESSERA), results.peak(work, PEERS["torch"]))


def compared(results):
    """Returns the work that Tessera and a peer did, by its kind."""
    kinds = {}
    for work in results.works:
        systems = results.systems(work)
        if TESSERA in systems and len(systems) > 1:
            kinds.setdefault(work.kind, []).append(work)
    return kinds


def comparisons(results):
    """Returns a table for each kind of work: a line for each network and size, a column for each system.

    A peer's cell has its seconds and, in brackets, their ratio to Tessera's; that of the fastest in 32 bits
    is bold.
    """
    tables = []
    for kind, works in compared(results).items():
        peers = [peer for peer in PEERS.values() if any(results.seconds(work, peer) for work in works)]
        rows = [
            [TITLES[work.network], work.size, f"**{digits(results.seconds(work, TESSERA))}**",
             *(cell(results, work, peer) for peer in peers), f"{results.peak(work, TESSERA):.0f}",
             optional(memory_ratio(results, work))]
            for work in works]
        header = ["network", "px", "Tessera, s", *(peer.title for peer in peers), "peak MB", "to PyTorch's"]
        tables.append(f"{kind}\n\n{table(header, rows, right_from=1)}")
    return tables


def cell(results, work, peer):
    seconds = results.seconds(work, peer)
    if seconds is None:
        return ""
    ratio = f"{seconds / results.seconds(work, TESSERA):.2f}"
    return f"{digits(seconds)} ({f'**{ratio}**' if peer == fastest_peer(results, work) else ratio})"


def optional(ratio):
    return "" if ratio is None else f"{ratio:.2f}"


def all_figures(results):
    """Returns one line for each piece of work and system. The ratio is the system's time divided by Tessera's."""
    rows = []
    for work in results.works:
        own, fastest = results.seconds(work, TESSERA), fastest_peer(results, work)
        for system in results.systems(work):
            seconds = results.seconds(work, system)
            ratio = f"{seconds / own:.2f}" if own else "-"
            title = f"**{system.title}**" if system == TESSERA else system.title
            rows.append([
                TITLES[work.network], TITLES[work.mode], title, work.batch, work.size, work.threads, digits(seconds),
                f"**{ratio}**" if system == fastest else ratio, f"{results.peak(work, system):.0f}",
                results.count(work, system)])
    header = ["network", "work", "system", "batch", "px", "threads", "seconds", "to Tessera's", "peak MB", "rounds"]
    return table(header, rows, right_from=3)


def summary(results):
    """Returns one line for each piece of work that peers did too: Tessera, the fastest in 32 bits, and bfloat16."""
    rows = []
    for work in results.works:
        own, fastest = results.seconds(work, TESSERA), fastest_peer(results, work)
        if not own or not fastest:
            continue
        seconds = results.seconds(work, fastest)
        halves = next((system for system in results.systems(work) if not system.is_float32), None)
        half_cells = [digits(results.seconds(work, halves)), f"{results.seconds(work, halves) / own:.2f}"] if halves \
            else ["", ""]
        rows.append([
            work.title, digits(own), fastest.title, digits(seconds), f"**{seconds / own:.2f}**", *half_cells])
    header = ["work", "Tessera, s", "fastest in float32", "s", "ratio", "bfloat16, s", "ratio"]
    return table(header, rows, right_from=1) if rows else ""


def launches(results):
    rows = []
    for network in TITLES:
        found = results.launch(network)
        if found:
            rows.append([f"`{network}`", *(f"{seconds:.2f}" for seconds in (*found, found[0] - found[1]))])
    header = ["trainer", "launch to first finished step, s", "a later step, s", "difference"]
    return table(header, rows, right_from=1) if rows else ""

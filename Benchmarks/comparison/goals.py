"""The goals that --goals measures, each with its figure."""
from .systems import PEERS, TESSERA, TITLES
from .tables import fastest_peer, memory_ratio, quotient, table


def goal_table(results, options):
    """Returns rows of work, goal, figure and verdict, with a dash for what was not measured."""
    rows = []
    for network in options.networks:
        rows += training_rows(results, network, options.threads)
    for network in options.networks:
        rows += inference_rows(results, network, options.threads)
    launch = results.launch("unet")
    if "unet" in options.networks:
        rows.append(row("from launching `unet` to its first finished step, less one step",
                        "under 1 s", launch and launch[0] - launch[1], " s", lambda figure: figure < 1))
    return table(["work", "goal", "measured", ""], rows, right_from=2)


def training_rows(results, network, threads):
    work = find(results, "train", network, 128, 5, threads)
    alone = find(results, "train", network, 128, 5, 1)
    name = f"{TITLES[network]} training step"
    rows = [
        row(f"{name}, fastest float32 peer's time relative to Tessera's", "2.5",
            ratio_to_fastest(results, work), "", lambda figure: figure >= 2.5),
        row(f"{name}, PyTorch's time in bfloat16 relative to Tessera's", "over 1",
            ratio(results, work, "torch-bf16"), "", lambda figure: figure > 1),
        row(f"{name}, Tessera's peak memory relative to PyTorch's", "at most 0.6", memory_ratio(results, work), "",
            lambda figure: figure <= 0.6),
    ]
    if threads != 1:
        rows.append(row(
            f"{name}, time with 1 thread relative to {threads}", "1.85 with 2 threads",
            quotient(own(results, alone), own(results, work)), "", lambda figure: figure >= 1.85))
    return rows


def inference_rows(results, network, threads):
    rows = []
    for size in (128, 512):
        work = find(results, "inference", network, size, 1, threads)
        rows.append(row(
            f"{TITLES[network]} inference, 1 picture of {size} px, fastest float32 peer's time relative to Tessera's",
            "1.25", ratio_to_fastest(results, work), "", lambda figure: figure >= 1.25))
    for title, cases in (("batch 1, 4 and 16", [(128, 1), (128, 4), (128, 16)]),
                         ("128, 256 and 512 px", [(128, 1), (256, 1), (512, 1)])):
        costs = [quotient(own(results, find(results, "inference", network, size, batch, threads)), size * size * batch)
                 for size, batch in cases]
        spread = None if None in costs else 100 * (max(costs) / min(costs) - 1)
        rows.append(row(
            f"{TITLES[network]} inference, cost per pixel at {title}: highest over lowest", "within 15 %", spread,
            " %", lambda figure: figure <= 15))
    return rows


def row(work, goal, figure, unit, is_met):
    if figure is None:
        return [work, goal, "-", "not measured"]
    return [work, goal, f"{figure:.{1 if unit == ' %' else 2}f}{unit}", "met" if is_met(figure) else "missed"]


def find(results, mode, network, size, batch, threads):
    wanted = (mode, network, size, batch, threads)
    return next((work for work in results.works
                 if (work.mode, work.network, work.size, work.batch, work.threads) == wanted), None)


def own(results, work):
    return work and results.seconds(work, TESSERA)


def ratio(results, work, peer):
    return work and quotient(results.seconds(work, PEERS[peer]), own(results, work))


def ratio_to_fastest(results, work):
    fastest = work and fastest_peer(results, work)
    return fastest and quotient(results.seconds(work, fastest), own(results, work))

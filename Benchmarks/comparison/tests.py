"""python3 -m unittest comparison.tests"""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import types
import unittest
from xml.dom import minidom

from .chart import chart
from .goals import goal_table
from .loader_options import parsed as parsed_for_loaders
from .loader_results import LoaderResults, tables
from .loader_systems import OWN, PEERS as LOADERS, Reading
from .measuring import measure_in_turns, measured
from .options import parsed
from .results import Results
from .systems import PEERS, SYSTEMS, TESSERA, Work, chosen_works, goal_works
from .tables import all_figures, summary

WORK = Work("train", "unet", 128, 5, 2)


class ComparisonTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.results = Results(self.folder, {"machine": {"cores": 2}})

    def add(self, seconds_by_name, work=WORK, megabytes=100):
        for name, rounds in seconds_by_name.items():
            for number, seconds in enumerate(rounds, start=1):
                self.results.add(SYSTEMS[name], work, number, {"medianSeconds": seconds, "peakMegabytes": megabytes})

    def error(self, *arguments):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as stop:
            parsed(arguments)
        self.assertEqual(stop.exception.code, 2)
        return errors.getvalue().splitlines()[-1]

    def test_bad_options_get_one_error_that_names_them(self):
        for option, value in (("--networks", "vgg"), ("--modes", "x"), ("--sizes", "100"), ("--batch", "0"),
                              ("--peers", "torch,jax"), ("--rounds", "a"), ("--torch-environment", "nowhere")):
            message = self.error(option, value)
            self.assertIn(option, message)
            self.assertIn(value.split(",")[-1], message)
        self.assertIn("--sizes", self.error("--goals", "--sizes", "64"))
        self.assertIn("--check", self.error("--check", "--rounds", "2"))
        (self.folder / "file").write_text("")
        self.assertIn("--output", self.error("--output", str(self.folder)))

    def test_works_follow_the_options(self):
        options = parsed(["--sizes", "64,128", "--networks", "fcnn", "--peers", "tensorflow,ncnn", "--threads", "3"])
        works = chosen_works(options)
        self.assertEqual([(work.mode, work.size, work.batch, work.threads) for work in works],
                         [("train", 64, 5, 3), ("train", 128, 5, 3), ("inference", 64, 1, 3), ("inference", 128, 1, 3)])
        self.assertEqual([system.name for system in works[0].systems(options.peers)], ["tessera", "tensorflow"])
        self.assertEqual([system.name for system in works[2].systems(options.peers)], ["tessera", "ncnn"])

    def test_the_fastest_float32_peer_is_named_and_bfloat16_is_not(self):
        self.add({"tessera": [1, 2, 3], "torch": [6, 5, 9], "tensorflow": [4, 5, 3], "torch-bf16": [3, 3, 3]})
        self.assertIn("| 2.00 | TensorFlow | 4.00 | **2.00** | 3.00 | 1.50 |", summary(self.results))
        self.assertEqual(all_figures(self.results).count("**Tessera**"), 1)
        self.assertIn("| PyTorch | 5 | 128 | 2 | 6.00 | 3.00 | 100 | 3 |", all_figures(self.results))

    def test_goals_are_judged_and_what_is_missing_is_said(self):
        options = types.SimpleNamespace(networks=["unet"], threads=2)
        self.add({"tessera": [1], "torch": [2.4], "torch-bf16": [1.1]})
        self.add({"tessera": [1.9]}, work=Work("train", "unet", 128, 5, 1, alone=True))
        self.results.add_launch("unet", 128, 2, 1, 1.9, 1.0)
        rows = goal_table(self.results, options).splitlines()[2:]
        verdicts = [row.split("|")[4].strip() for row in rows]
        self.assertEqual(verdicts, ["missed", "met", "missed", "met"] + ["not measured"] * 4 + ["met"])
        self.assertIn("| 2.40 |", rows[0])
        self.assertIn("| 0.90 s |", rows[-1])

    def test_goals_cover_both_networks_and_run_tessera_alone_where_no_peer_is_compared(self):
        works = goal_works(types.SimpleNamespace(networks=["unet", "fcnn"], threads=2))
        self.assertEqual(len(works), len(set(works)))
        self.assertEqual(sum(not work.alone for work in works), 6)
        alone = next(work for work in works if work.alone)
        self.assertEqual(alone.systems(list(PEERS.values())), [TESSERA])

    def test_a_process_that_fails_gives_its_last_line_as_reason(self):
        def reason(program):
            with self.assertRaises(RuntimeError) as failure:
                measured([sys.executable, "-c", program])
            return str(failure.exception)
        self.assertEqual(reason("import sys; sys.exit('first\\nno such module')"), "no such module")
        self.assertEqual(reason("print('nothing')"), "no line of JSON")
        self.assertEqual(reason("import os; os.kill(os.getpid(), 9)"), "ended by signal 9")
        self.assertIn("No such file", self.missing_program())
        self.assertEqual(measured([sys.executable, "-c", "print('noise'); print('{\"a\": 1}')"]), {"a": 1})

    def missing_program(self):
        with self.assertRaises(RuntimeError) as failure:
            measured([str(self.folder / "nowhere")])
        return str(failure.exception)

    def test_a_system_that_fails_is_left_out_of_later_rounds_and_written_down(self):
        options = parsed(["--peers", "torch", "--rounds", "3", "--output", str(self.folder / "new")])
        with contextlib.redirect_stderr(io.StringIO()) as progress:
            measure_in_turns([WORK], options, {"torch": self.folder / "none"}, self.folder, self.folder, self.results)
        self.assertEqual(progress.getvalue().count("left out"), 2)
        written = json.loads((self.folder / "results.json").read_text())
        self.assertEqual([one["system"] for one in written["leftOut"]], ["tessera", "torch"])
        self.assertEqual((written["lines"], written["machine"]), ([], {"cores": 2}))

    def test_the_chart_is_well_formed_and_sorted(self):
        self.assertIsNone(chart(self.results))
        self.add({"tessera": [2], "torch": [8], "torch-bf16": [3]})
        document = minidom.parseString(chart(self.results))
        texts = [node.firstChild.data for node in document.getElementsByTagName("text")]
        self.assertEqual([text for text in texts if text in {system.title for system in SYSTEMS.values()}],
                         ["Tessera", "Tessera", "PyTorch, bfloat16", "PyTorch"])
        self.assertIn("8.00 s  (4.00×)", texts)
        bars = [float(node.getAttribute("width")) for node in document.getElementsByTagName("rect")][3:]
        self.assertAlmostEqual(bars[2] / bars[0], 4, places=2)


class LoaderTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        for part in ("images", "annotations"):
            (self.data / part / "training").mkdir(parents=True)

    def test_bad_options_get_one_error_that_names_them(self):
        for option, value in (("--photographs", "12"), ("--photographs", "0x5"), ("--peers", "dali"), ("--cores", "0"),
                              ("--cores", "9999"), ("--seconds", "0"), ("--data", str(self.folder))):
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as stop:
                parsed_for_loaders(["--data", str(self.data), option, value])
            self.assertEqual(stop.exception.code, 2)
            self.assertIn(option, errors.getvalue().splitlines()[-1])

    def test_each_system_is_told_the_same_work(self):
        options = parsed_for_loaders(
            ["--data", str(self.data), "--peers", "tensorflow", "--cores", "1", "--size", "64"])
        work = Reading("own", 1, options.size, options.batch)
        pythons = {"tensorflow": pathlib.Path("python")}
        commands = [system.command(work, options, self.data, pythons, pathlib.Path("bin"), pathlib.Path("kept"))
                    for system in options.systems]
        self.assertEqual(len(commands), 3)
        for command in commands:
            self.assertIn("64", command)
            self.assertIn(str(self.data), command)
        self.assertEqual(["kept" in command for command in commands], [False, True, False])

    def test_goals_are_against_the_fastest_usual_way(self):
        results = LoaderResults(self.folder, {"machine": {"processor": "p", "cores": 2, "system": "s", "date": "d"}})
        work = Reading("own", 2, 128, 5)
        rates = {"torchvision": [100, 300, 200], "torchvision-io": [250], "torchvision-draft": [900],
                 "tensorflow": [400]}
        for system, found in [(OWN[0], [600]), (OWN[1], [3000])] + [(LOADERS[name], rates[name]) for name in rates]:
            for number, rate in enumerate(found, start=1):
                results.add(system, work, number, {"picturesPerSecond": rate})
        text = tables(results, types.SimpleNamespace(rounds=3, runs=1))
        title = "the photographs as they are, to 128 x 128, 2 cores"
        for own, peer, goal, ratio, verdict in (
                ("Tessera", "torchvision", 2, "2.40", "met"), ("Tessera", "tf.data", 2, "1.50", "missed"),
                ("Tessera, --cache", "torchvision", 10, "12.00", "met"),
                ("Tessera, --cache", "tf.data", 10, "7.50", "missed")):
            self.assertIn(f"| {title} | {own} to {peer} | {goal} | {ratio} | {verdict} |", text)
        self.assertIn(f"| {title} | tf.data | plain | 400 | 200 | 1.50 |", text)
        self.assertEqual(len(json.loads((self.folder / "results.json").read_text())["lines"]), 8)


if __name__ == "__main__":
    unittest.main()

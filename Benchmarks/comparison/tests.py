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

from peers.networks import NETWORKS, ZOO

from . import machine
from .chart import chart
from .dots import MARKS, Scale
from .goals import goal_table
from .launch import trainer
from .loader_options import parsed as parsed_for_loaders
from .loader_results import LoaderResults, tables
from .loader_systems import OWN, PEERS as LOADERS, Reading
from .measuring import command, measure_in_turns, measured
from .onnx_files import ENGINES, IMPORTED, NATIVE, FileWork, command as command_for_files, files_table
from .onnx_files import parsed as parsed_for_files
from .options import parsed
from .results import Results
from .systems import PEERS, SYSTEMS, TESSERA, Work, chosen_works, goal_works
from .tables import all_figures, comparisons, summary

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
                              ("--peers", "torch,jax"), ("--rounds", "a"), ("--torch-environment", "nowhere"),
                              ("--networks", "zoo,resnet"), ("--programs", "nowhere")):
            message = self.error(option, value)
            self.assertIn(option, message)
            self.assertIn(value.split(",")[-1], message)
        self.assertIn("--sizes", self.error("--goals", "--sizes", "64"))
        self.assertIn("--check", self.error("--check", "--rounds", "2"))
        self.assertIn("remove segformer-b0", self.error("--goals", "--networks", "unet,segformer-b0"))
        (self.folder / "file").write_text("")
        self.assertIn("--output", self.error("--output", str(self.folder)))

    def test_works_follow_the_options(self):
        options = parsed(["--sizes", "64,128", "--networks", "fcnn", "--peers", "tensorflow,ncnn", "--threads", "3"])
        works = chosen_works(options)
        self.assertEqual([(work.mode, work.size, work.batch, work.threads) for work in works],
                         [("train", 64, 5, 3), ("train", 128, 5, 3), ("inference", 64, 1, 3), ("inference", 128, 1, 3)])
        self.assertEqual([system.name for system in works[0].systems(options.peers)], ["tessera", "tensorflow"])
        self.assertEqual([system.name for system in works[2].systems(options.peers)], ["tessera", "ncnn"])

    def test_a_group_stands_for_its_networks_once_and_each_has_its_own_sizes(self):
        self.assertEqual(parsed(["--networks", "unet-resnet34,zoo,fcnn"]).networks,
                         list(dict.fromkeys(["unet-resnet34", *(one.name for one in ZOO), "fcnn"])))
        self.assertEqual(len(NETWORKS), 2 + 15)
        options = parsed(["--networks", "segformer-b0,unet"])
        works = chosen_works(options)
        self.assertEqual([(work.mode, work.network, work.size) for work in works], [
            ("train", "segformer-b0", 256), ("train", "unet", 128), ("inference", "segformer-b0", 128),
            ("inference", "segformer-b0", 256), ("inference", "segformer-b0", 512), ("inference", "unet", 128)])
        names = [[system.name for system in work.systems(options.peers)] for work in works[:2]]
        self.assertEqual(names, [["tessera", "torch", "torch-channels-last", "torch-compile", "torch-bf16"],
                                 ["tessera", "torch", "torch-channels-last", "torch-compile", "tensorflow",
                                  "torch-bf16"]])

    def test_both_sides_get_the_same_work(self):
        options = parsed(["--networks", "fpn-resnet34,unet", "--threads", "2"])
        for work, classes in zip(chosen_works(options), ("21", "151")):
            own, other = (command(SYSTEMS[name], work, options, {"torch": "python"}, pathlib.Path("bin"), "models")
                          for name in ("tessera", "torch"))
            self.assertEqual(own[:2] + own[own.index("--classes"):][:2], ["bin/tessera", "bench", "--classes", classes])
            self.assertEqual(own[own.index("--batch"):], other[other.index("--batch"):])
            self.assertEqual((own[3], other[2]), (work.network, work.network))
        self.assertEqual([trainer(pathlib.Path("bin"), name) for name in ("unet", "segformer-b0")],
                         [["bin/unet"], ["bin/tessera", "train", "segformer-b0"]])

    def test_the_fastest_float32_peer_is_named_and_bfloat16_is_not(self):
        self.add({"tessera": [1, 2, 3], "torch": [6, 5, 9], "tensorflow": [4, 5, 3], "torch-bf16": [3, 3, 3]})
        self.assertIn("| 2.00 | TensorFlow | 4.00 | **2.00** | 3.00 | 1.50 |", summary(self.results))
        self.assertEqual(all_figures(self.results).count("**Tessera**"), 1)
        self.assertIn("| PyTorch | 5 | 128 | 2 | 6.00 | 3.00 | 100 | 3 |", all_figures(self.results))

    def test_each_kind_of_work_has_a_table_with_a_column_for_each_system(self):
        works = chosen_works(parsed(["--networks", "fpn-resnet34,segformer-b0", "--sizes", "64", "--threads", "2"]))
        for work in works:
            self.add({"tessera": [0.2], "torch": [0.4]}, work, megabytes=80)
        self.results.add(PEERS["openvino"], works[2], 1, {"medianSeconds": 0.1, "peakMegabytes": 100})
        self.results.add(PEERS["torch"], works[2], 2, {"medianSeconds": 0.4, "peakMegabytes": 120})
        self.add({"tessera": [1]}, Work("train", "unet", 128, 5, 2))
        train, inference = comparisons(self.results)
        self.assertEqual(train.splitlines()[0], "Training step, 5 pictures, 21 classes, 2 threads")
        self.assertEqual(train.splitlines()[2], "| network | px | Tessera, s | PyTorch | peak MB | to PyTorch's |")
        self.assertEqual(inference.splitlines()[4:], [
            "| FPN on ResNet-34 | 64 | **0.200** | 0.400 (2.00) | 0.100 (**0.50**) | 80 | 0.80 |",
            "| SegFormer-B0 | 64 | **0.200** | 0.400 (**2.00**) |  | 80 | 1.00 |"])

    def test_the_machine_is_named_with_the_kernels_that_ran(self):
        results = Results(self.folder, {"machine": {"processor": "p", "cores": 2, "system": "s", "date": "d"}})
        self.assertEqual(machine.sentence(results), "p, 2 cores, s, d.")
        results.add(TESSERA, WORK, 1, {"peer": "tessera", "instructionSet": "avx2", "matrixKernels": "Haswell"})
        self.assertEqual(
            machine.sentence(results), "p, 2 cores, s, instruction set avx2, OpenBLAS's Haswell kernels, d.")

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
        self.assertEqual(reason("import os; os.kill(os.getpid(), 9)"), "ended by signal 9, Killed")
        self.assertIn("No such file", self.missing_program())
        self.assertEqual(measured([sys.executable, "-c", "print('noise'); print('{\"a\": 1}')"]), {"a": 1})

    def missing_program(self):
        with self.assertRaises(RuntimeError) as failure:
            measured([str(self.folder / "nowhere")])
        return str(failure.exception)

    def test_a_system_that_fails_is_left_out_of_later_rounds_and_written_down(self):
        options = parsed(["--peers", "torch", "--rounds", "3", "--output", str(self.folder / "new")])
        with contextlib.redirect_stderr(io.StringIO()) as progress:
            measure_in_turns([WORK], options, {"torch": self.folder / "none"}, self.folder, self.results)
        self.assertEqual(progress.getvalue().count("left out"), 2)
        written = json.loads((self.folder / "results.json").read_text())
        self.assertEqual([one["system"] for one in written["leftOut"]], ["tessera", "torch"])
        self.assertEqual((written["lines"], written["machine"]), ([], {"cores": 2}))

    def test_files_of_models_are_deleted_after_each_piece_of_work(self):
        line = """print(json.dumps({"medianSeconds": 1, "peakMegabytes": 1, "seen": seen, "scratch": scratch}))"""
        program = self.folder / "tessera"
        program.write_text(f"""#!{sys.executable}
import json, os, pathlib, sys
scratch = os.environ["TMPDIR"]
seen = sorted(one.name for one in pathlib.Path(scratch).rglob("*.onnx"))
if "--models" in sys.argv:
    pathlib.Path(sys.argv[-1], sys.argv[2] + ".onnx").touch()
{line}
""")
        program.chmod(0o755)
        options = parsed(["--networks", "segformer-b0,fcnn", "--sizes", "64", "--peers", "onnxruntime,openvino",
                          "--rounds", "2", "--modes", "inference", "--output", str(self.folder / "new")])
        with contextlib.redirect_stderr(io.StringIO()) as progress:
            measure_in_turns(chosen_works(options), options, {"torch": program}, self.folder, self.results)
        self.assertIn("[12/12, 0 min] round 2: FCNN inference", progress.getvalue())
        self.assertEqual([line["seen"] for line in self.results.lines],
                         2 * [[], [], ["segformer-b0.onnx"], [], [], ["fcnn.onnx"]])
        self.assertFalse(pathlib.Path(self.results.lines[0]["scratch"]).exists())

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

    def test_much_work_is_drawn_as_dots_on_a_logarithmic_scale(self):
        works = chosen_works(parsed(["--networks", "zoo", "--modes", "train"]))
        for work in works:
            self.add({"tessera": [2], "torch": [4], "torch-compile": [1], "torch-bf16": [2]}, work)
        document = minidom.parseString(chart(self.results))
        texts = [node.firstChild.data for node in document.getElementsByTagName("text")]
        for work in works:
            self.assertEqual(texts.count(NETWORKS[work.network].title), 1)
        self.assertEqual((texts.count("2.00 s"), texts.count("0.50×")), (15, 15))
        dots = [node for node in document.getElementsByTagName("path") if node.hasAttribute("transform")]
        self.assertEqual(len(dots), 3 + 3 * 15)
        where = [float(node.getAttribute("transform").split("(")[1].split()[0]) for node in dots[3:6]]
        self.assertAlmostEqual(where[0] - where[1], where[1] - where[2], delta=0.2)
        self.assertEqual([node.getAttribute("fill") for node in dots[3:6]].index("none"), 1)
        self.assertEqual(set(MARKS), set(PEERS))
        self.assertEqual(Scale(0.5, 2.6).ticks, [0.5, 0.75, 1, 1.5, 2])
        self.assertEqual(Scale(0.2, 1300).ticks, [0.25, 1, 4, 16, 64, 256, 1024])


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


class FileTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "net.onnx"
        self.file.write_text("")
        self.results = Results(self.folder, {"machine": {"cores": 2}})

    def test_bad_options_get_one_error_that_names_them(self):
        for arguments in (["none.onnx"], [str(self.file), "--peers", "torch"], [str(self.file), "--sizes", "x"]):
            errors = io.StringIO()
            with contextlib.redirect_stderr(errors), self.assertRaises(SystemExit) as stop:
                parsed_for_files(arguments)
            self.assertEqual(stop.exception.code, 2)
            self.assertIn(arguments[-1], errors.getvalue().splitlines()[-1])

    def test_each_system_is_told_the_same_work(self):
        options = parsed_for_files([f"{self.file}=unet-resnet34", "--sizes", "64", "--threads", "1", "--runs", "9"])
        (path, network), = options.files
        work = FileWork(path, network, 64, 1)
        self.results.add(IMPORTED, work, 1, {"medianSeconds": 1, "classes": 7})
        for system in (IMPORTED, NATIVE, *ENGINES.values()):
            found = command_for_files(
                system, work, options, self.folder, "python", self.folder / "net.safetensors", self.results)
            for option, value in (("--size", "64"), ("--threads", "1"), ("--runs", "9")):
                self.assertEqual(found[found.index(option) + 1], value)
            self.assertEqual("unet-resnet34" in found, system == NATIVE)
            self.assertEqual("7" in found, system == NATIVE)

    def test_the_fastest_engine_is_bold_and_missing_ones_are_empty(self):
        work = FileWork(self.file, "unet-resnet34", 64, 2)
        times = {IMPORTED: [2, 4, 3], NATIVE: [2.7], ENGINES["onnxruntime"]: [6], ENGINES["openvino"]: [4.5]}
        for system, found in times.items():
            for number, seconds in enumerate(found, start=1):
                self.results.add(system, work, number, {"medianSeconds": seconds})
        self.assertIn("| net | 64 | 3.00 | 2.70 (0.90) | 6.00 (2.00) | 4.50 (**1.50**) |", files_table(self.results))


if __name__ == "__main__":
    unittest.main()

import Foundation
import Testing

/// What the program's own network gets by being in the catalog: the whole command line.
@Suite(.serialized) struct OwnNetworkTests {
  /// Runs the program, which is next to the tests, in `folder`, and expects it to succeed.
  @discardableResult
  private func run(_ words: String, in folder: URL) throws -> String {
    let tests = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    let places = [tests, Bundle.main.bundleURL].map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    let program: URL? = places.map { $0.appending(path: "own-network") }.first {
      FileManager.default.isExecutableFile(atPath: $0.path)
    }
    let process = Process()
    let (output, errors) = (Pipe(), folder.appending(path: "errors.txt"))
    try Data().write(to: errors)
    let url: URL = try #require(program)
    process.executableURL = url
    process.arguments = words.split(separator: " ").map(String.init)
    process.currentDirectoryURL = folder
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    let complaint = try String(contentsOf: errors, encoding: .utf8)
    #expect(process.terminationStatus == 0, "\(words): \(complaint)")
    return text
  }

  private func exists(_ path: String, in folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }

  @Test func everyCommandKnowsTheNetwork() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "own-network-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }

    #expect(try run("train --help", in: folder).contains("tiny"))
    #expect(try run("train tiny --help", in: folder).contains("--width <n>"))
    let summary = try run("summary tiny --classes 3 --image-size 64 --graph tiny.svg", in: folder)
    #expect(summary.contains("tiny, 1 x 64 x 64 x 3 -> 3 classes: "))
    #expect(exists("tiny.svg", in: folder))

    let options = "--width 4 --image-size 32 --steps-per-epoch 4 --batch-size 2 --validation-steps 2"
    let training = try run("train tiny \(options) --epochs 1 --output run", in: folder)
    #expect(training.contains("tiny: ") && training.contains("run/checkpoints/best.safetensors"))
    try run("train tiny --resume --output run --epochs 2", in: folder)
    let lines = try String(contentsOf: folder.appending(path: "run/metrics.jsonl"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 10)
    let proof = try run("verify-resume --model tiny --kills 1 -- \(options) --epochs 2", in: folder)
    #expect(proof.contains("resuming is exact on this machine"))

    let checkpoint = "--checkpoint run/checkpoints/best.safetensors"
    #expect(try run("summary \(checkpoint)", in: folder).contains("tiny, 1 x 32 x 32 x 3 -> 10 classes"))
    try makeDataset(in: folder.appending(path: "data"))
    let picture = "data/images/0.png"
    #expect(try run("predict \(checkpoint) --output out \(picture)", in: folder) == "out/0.mask.png\n")
    #expect(exists("out/0.overlay.png", in: folder))
    #expect(
      try run("predict \(checkpoint) --scale original --output tiles \(picture)", in: folder) == "tiles/0.mask.png\n")
    #expect(try run("evaluate \(checkpoint) --data data --split training", in: folder).contains("mean IoU"))
    try run("export \(checkpoint) --to tiny.onnx", in: folder)
    #expect(exists("tiny.onnx", in: folder))
    try run("report run", in: folder)
    #expect(exists("run/report.html", in: folder))
    #expect(
      try run("bench --model tiny --mode train --size 32 --batch 1 --runs 1", in: folder).hasPrefix(
        "tiny train, batch 1"))
  }
}

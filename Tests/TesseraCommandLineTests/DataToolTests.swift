import Foundation
import TesseraImaging
import Testing

/// Looking at data, and keeping it decoded.
@Suite struct DataToolTests {
  @Test func aSheetShowsWhatTrainingSeesAndTheTextCountsIt() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let line = arguments("show-data data --image-size 32 --count 5 --seed 3 --output sheet.png")
      let outcome = try Program.tessera.run(line, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.isEmpty)
      // Nine of ten pictures of 20 x 12 pixels: void in the last row, the classes in a half each of the rest.
      let lines = outcome.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
      #expect(lines.first == "data, training: 9 pictures, all of 20 x 12 pixels")
      #expect(lines.contains("0 left 45.83 % 990 9"))
      #expect(lines.contains("1 right 45.83 % 990 9"))
      #expect(lines.contains("255 void (void) 8.33 % 180 9"))
      #expect(lines.last == "wrote sheet.png")
      let sheet = try Image(contentsOf: folder + "/sheet.png")
      // Three pairs of panels of 192 pixels with seams of 4, gaps of 28 and margins of 20.
      #expect(sheet.width == 3 * 388 + 2 * 28 + 40)

      try Program.tessera.run(Array(line.dropLast()) + ["again.png"], in: folder)
      #expect(try contents(folder + "/again.png") == contents(folder + "/sheet.png"))
      try Program.tessera.run(Array(line.dropLast(3)) + ["4", "--output", "other.png"], in: folder)
      #expect(try contents(folder + "/other.png") != contents(folder + "/sheet.png"))
    }
  }

  @Test func withoutAFolderTheBuiltInScenesAreShown() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(
        arguments("show-data --split validation --image-size 16 --count 2 --augmentation none"), in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.hasPrefix("built-in scenes, validation: 100 pictures, all of 16 x 16 pixels\n"))
      #expect(try files(in: folder) == ["samples.png"])
    }
  }

  @Test(arguments: [
    ("show-data data --count 0", 64, "Error: --count must lie in 1...1000; got 0"),
    ("show-data data --output sheet.gif", 64, "Error: --output must end in .png, .jpg or .jpeg; got sheet.gif"),
    ("show-data data --augmentation all", 64, "Error: The value 'all' is invalid for '--augmentation <augmentation>': must be none, flip, "),
    ("bench-data --data data --seconds 0", 64, "Error: --seconds must lie in 0...3600 and not be 0; got 0.0"),
    ("show-data nowhere", 1, "Error: nowhere: there is no such folder"),
    ("bench-data --data nowhere", 1, "Error: nowhere: there is no such folder"),
    ("show-data data --output nowhere/sheet.png", 1, "Error: nowhere/sheet.png: cannot be written: there is no folder"),
  ])
  func mistakesGetOneLine(line: String, status: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let outcome = try Program.tessera.run(arguments(line), in: folder)
      #expect(outcome.status == status)
      #expect(outcome.errorLines.first?.hasPrefix(message) == true, "\(outcome.errors)")
    }
  }

  @Test func benchDataPrintsOneLine() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let outcome = try Program.tessera.run(
        arguments("bench-data --data data --image-size 16 --runs 2 --seconds 0.01 --loader-threads 2 --json"),
        in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let object = try #require(try objects(outcome.output).first)
      #expect(
        Set(object.keys) == [
          "peer", "augmentation", "batch", "size", "threads", "picturesPerSecond", "fastest", "peakMegabytes",
        ])
      #expect(object["threads"] as? Int == 2 && object["picturesPerSecond"] as? Double ?? 0 > 0)
    }
  }

  @Test(arguments: ["flip", "standard"]) func aCacheChangesNoBitOfARunAndIsRepaired(augmentation: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      func weights(_ run: String, _ more: String) throws -> (data: Data, notes: [String]) {
        let line = arguments("--data data --augmentation \(augmentation) --output \(run) " + more)
        let outcome = try Program.unet.run(tinyRun + line, in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return (
          try contents("\(folder)/\(run)/checkpoints/best.safetensors"),
          outcome.errorLines.filter { !$0.hasPrefix("epoch ") }
        )
      }
      let plain = try weights("plain", "--loader-threads 1")
      #expect(plain.notes.isEmpty)
      let first = try weights("first", "--cache cache --loader-threads 3")
      #expect(first.data == plain.data && first.notes.isEmpty)
      let caches = try files(in: folder + "/cache").filter { $0.hasSuffix(".tessera") }.sorted()
      let side = augmentation == "standard" ? 64 : 32
      #expect(caches.count == 2)
      #expect(caches.first?.hasPrefix("data-training-\(side)x\(side)-") == true)
      let path = "\(folder)/cache/\(caches[0])"
      let whole = try contents(path)
      try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
      let second = try weights("second", "--cache cache")
      #expect(second.data == plain.data)
      #expect(second.notes == ["note: the cache cache/\(caches[0]) is cut short: it is rebuilt"])
      #expect(try contents(path) == whole)
      let third = try weights("third", "--cache cache")
      #expect(third.data == plain.data && third.notes.isEmpty)
    }
  }

  private static let canMount: Bool = {
    guard geteuid() == 0, let folder = try? smallDisk() else { return false }
    return unmount(folder)
  }()

  /// A file system of 64 KiB in memory.
  private static func smallDisk() throws -> String? {
    let folder = FileManager.default.temporaryDirectory.appending(path: "small-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    if system(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]) { return folder }
    try FileManager.default.removeItem(atPath: folder)
    return nil
  }

  private static func unmount(_ folder: String) -> Bool {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return system(["umount", folder])
  }

  private static func system(_ command: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  @Test(.enabled(if: canMount, "needs the right to mount a file system")) func aFullDiskIsOneClearError() throws {
    let disk = try #require(try Self.smallDisk())
    defer { _ = Self.unmount(disk) }
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 40)
      let outcome = try Program.unet.run(
        tinyRun + ["--data", "data", "--cache", disk, "--image-size", "64", "--output", "run"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(
        outcome.errors.contains(": the cache cannot be written: No space left on device; make room, choose another"),
        "\(outcome.errors)")
      // What was found in the files may stay: it is whole, or it is not there.
      #expect(try files(in: disk).allSatisfy { $0.contains("-survey-") })
    }
  }
}

import Foundation
import Testing

@testable import TesseraCommandLine

/// Folders of measurements, which go with their processes.
@Suite struct ScratchFolderTests {
  @Test func whatKilledProcessesLeftIsRemovedAndWhatIsHeldIsNot() throws {
    let purpose = "test-\(UUID().uuidString)"
    let parent = FileManager.default.temporaryDirectory.path
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: parent).filter { $0.contains(purpose) }
    }
    try write("{}", to: "\(parent)/tessera-\(purpose)-1/first/metrics.jsonl")
    let first = try ScratchFolder(for: purpose)
    #expect(try names().map { "\(parent)/\($0)" } == [first.path])
    let second = try ScratchFolder(for: purpose)
    #expect(try names().count == 2)
    first.remove()
    #expect(try names().map { "\(parent)/\($0)" } == [second.path])
    second.remove()
    #expect(try names().isEmpty)
  }

  @Test func theNextPlanRemovesThatOfAKilledOne() throws {
    try withTemporaryFolder { folder in
      let scratch = folder + "/scratch"
      try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
      func plans() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: scratch))?.filter { $0.hasPrefix("tessera-probe-") } ?? []
      }
      let running = try Program.tessera.start(
        arguments("plan unet --image-size 128"), in: folder, environment: ["TMPDIR": scratch])
      let start = ContinuousClock.now
      while plans().isEmpty, running.process.isRunning, start.duration(to: .now) < .seconds(60) {
        Thread.sleep(forTimeInterval: 0.002)
      }
      kill(running.process.processIdentifier, SIGKILL)
      #expect(try running.wait().status == -SIGKILL)
      try #require(plans().count == 1)
      let next = try Program.tessera.run(["plan", "unet"] + tinyRun, in: folder, environment: ["TMPDIR": scratch])
      #expect(next.status == 0 && plans().isEmpty, "\(next.errors)")
    }
  }
}

import Foundation
import Testing

/// A short run of the driver that damages every kind of file that the programs read (`scripts/verify/damage`).
@Suite struct DamageTests {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let python: String? = ["/usr/bin/python3", "/usr/local/bin/python3"]
    .first(where: FileManager.default.isExecutableFile)

  @Test(.enabled(if: python != nil, "needs Python 3, whose standard library is enough"))
  func damagedFilesAreRefusedOrReadAndNothingElse() throws {
    let programs = try #require(Program.folder, "the programs are not beside the tests")
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = [
      Self.repository.appending(path: "scripts/verify/damage").path, "--programs", programs.path, "--count", "300",
      "--seed", "5", "--seconds", "60",
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    // Every kind was there, and most of what is damaged is noticed or harmless.
    #expect(text.contains("0 faults") && text.contains("resume") && text.contains("cache"), "\(text)")
  }
}

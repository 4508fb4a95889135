import Foundation
import TesseraCommandLine
import Testing

@Suite struct RunFolderTests {
  /// Many look whether a run is in use, as `report` and `compare` do, while trainers start and end.
  @Test func lookingKeepsNoTrainerOut() async throws {
    try await withFolder { path in
      try write("{}", to: path + "/config.json")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            while !Task.isCancelled {
              _ = RunFolder.isInUse(path)
              await Task.yield()
            }
          }
        }
        for _ in 0..<200 {
          await Task.yield()
          let run = try RunFolder(existing: path)
          #expect(RunFolder.isInUse(path))
          #expect(throws: OutputFolderError.inUse(path)) { try RunFolder(existing: path) }
          _ = run.path
        }
        #expect(!RunFolder.isInUse(path))
        group.cancelAll()
      }
    }
  }

  @Test func ofTrainersThatStartTogetherOneHoldsTheFolder() async throws {
    try await withFolder { folder in
      try write("{}", to: folder + "/config.json")
      for _ in 0..<50 {
        let held = await withTaskGroup(of: RunFolder?.self) { group in
          for _ in 0..<4 { group.addTask { try? RunFolder(existing: folder) } }
          var held: [RunFolder] = []
          for await run in group { if let run { held.append(run) } }
          return held.count
        }
        #expect(held == 1)
      }
    }
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }
}

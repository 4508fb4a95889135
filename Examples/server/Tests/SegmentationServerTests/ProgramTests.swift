import Foundation
import Synchronization
import Tessera
import Testing

@testable import SegmentationServer

/// The program itself, in a process of its own.
@Suite struct ProgramTests {
  private func program() throws -> URL {
    let tests = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    let places = [tests, Bundle.main.bundleURL].map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    return try #require(
      places.map { $0.appending(path: "tessera-server") }.first {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
  }

  private func withCheckpoint(channels: Int = 3, _ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let normalization = ImageNormalization(
      mean: [Float](repeating: 0, count: channels), deviation: [Float](repeating: 255, count: channels))
    let model = UNet.Configuration(classes: 3, width: 2, normalization: normalization).makeNetwork(
      random: RandomStream(seed: 1))
    let path = folder.appending(path: "unet.safetensors").path
    try SegmentationCheckpoint(model: model, labelSpace: classes, imageSize: 32).save(to: path)
    try await body(path)
  }

  private struct Running {
    let process: Process
    let output: FileHandle
    let errors: FileHandle

    /// The exit code, once the process has ended.
    func exitCode() async -> Int32 {
      await onThread { [process] in
        process.waitUntilExit()
        return process.terminationStatus
      }
    }
  }

  private func start(_ arguments: [String]) throws -> Running {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = try program()
    process.arguments = arguments
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    return Running(process: process, output: output.fileHandleForReading, errors: errors.fileHandleForReading)
  }

  private func port(of running: Running) async -> Int? {
    let line = await onThread { [output = running.output] in String(decoding: output.availableData, as: UTF8.self) }
    #expect(line.hasPrefix("U-Net, 3 classes, on http://127.0.0.1:"))
    return line.firstMatch(of: #/:(\d+)\/\n/#).flatMap { Int($0.1) }
  }

  @Test func theSignalToEndFinishesWhatRuns() async throws {
    try await withCheckpoint { checkpoint in
      let running = try start(["--checkpoint", checkpoint, "--port", "0", "--threads", "1"])
      defer { if running.process.isRunning { running.process.terminate() } }
      let port = try #require(await port(of: running))
      let file = try picture().encoded(as: .png)

      let first = try RawConnection(port: port)
      await first.send(head("POST", "/v1/segment", ["Content-Length: \(file.count)"]))
      await first.send(file)
      let answer = try await first.answer()
      let predictor = try Predictor(checkpoint: checkpoint)
      #expect(answer.body == (try predictor.mask(for: picture()).encoded()))

      let unfinished = try RawConnection(port: port)
      await unfinished.send(head("POST", "/v1/segment", ["Content-Length: \(file.count)"]))
      await unfinished.send(Array(file[..<50]))
      // The server has seen the request when it answers a later one.
      let probe = try RawConnection(port: port)
      await probe.send(head("GET", "/health", []))
      #expect(try await probe.answer().status == 200)
      try await Task.sleep(for: .milliseconds(100))

      running.process.terminate()
      // Connections without a request end, and no new one begins.
      #expect(await first.isEnded())
      #expect(await probe.isEnded())
      #expect(throws: SocketError.self) { try RawConnection(port: port) }
      #expect(running.process.isRunning)
      await unfinished.send(Array(file[50...]))
      #expect(try await unfinished.answer().status == 200)
      #expect(await running.exitCode() == 0)
    }
  }

  @Test func whatCannotBeServedIsSaidInOneLine() async throws {
    func complaint(_ arguments: [String]) async throws -> String {
      let running = try start(arguments)
      let errors = await onThread { [errors = running.errors] in errors.readDataToEndOfFile() }
      #expect(await running.exitCode() != 0)
      return String(decoding: errors, as: UTF8.self)
    }
    #expect(try await complaint(["--checkpoint", "nothing.safetensors"]).contains("nothing.safetensors"))
    #expect(
      try await complaint(["--checkpoint", "a", "--queue=-1"]).hasPrefix(
        "Error: --queue must lie between 0 and 10000; got -1"))
    try await withCheckpoint(channels: 4) { checkpoint in
      let text = try await complaint(["--checkpoint", checkpoint])
      #expect(
        text
          == "Error: \(checkpoint): its network expects pictures of 4 channels, but browsers and cameras send 3; serve "
          + "a network for photographs\n")
    }
    try await withServer { server in
      try await withCheckpoint { checkpoint in
        let text = try await complaint(["--checkpoint", checkpoint, "--port", "\(server.port)"])
        #expect(
          text
            == "Error: 127.0.0.1:\(server.port) cannot be listened on: Address already in use; choose another --host "
            + "or --port\n")
      }
    }
  }
}

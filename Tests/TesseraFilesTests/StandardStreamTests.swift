import Foundation
import Testing

@testable import TesseraFiles

@Suite struct StandardStreamTests {
  /// The reading end of a pipe and a stream that writes to the other.
  private func pipe() throws -> (reader: FileHandle, descriptor: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(Foundation.pipe(&ends) == 0)
    return (FileHandle(fileDescriptor: ends[0], closeOnDealloc: true), ends[1])
  }

  @Test func everythingIsWrittenInOrder() throws {
    let (reader, descriptor) = try pipe()
    let stream = StandardStream(descriptor: descriptor)
    stream.write("\rdrawn over")
    stream.writeLine("a line of its own")
    stream.writeLine("and another")
    close(descriptor)
    #expect(try reader.readToEnd() == Data("\rdrawn over\na line of its own\nand another\n".utf8))
    #expect(stream.fault == nil)
  }

  @Test func aFullDiskIsKnownAfterwards() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    let stream = StandardStream(descriptor: descriptor)
    defer { close(descriptor) }
    stream.write("lost")
    stream.write("lost as well")
    #expect(stream.fault == ENOSPC)
  }

  @Test func aClosedPipeAndAClosedStreamEndNothing() async throws {
    await #expect(processExitsWith: .exitCode(EPIPE)) {
      StandardStream.prepare()
      var ends: [Int32] = [0, 0]
      _ = Foundation.pipe(&ends)
      close(ends[0])
      let stream = StandardStream(descriptor: ends[1])
      stream.write("nobody reads this")
      exit(stream.fault ?? 0)
    }
  }

  /// What is opened after a stream was closed must not take its number: warnings would be written into a file.
  @Test func noFileTakesAStreamsPlace() async throws {
    await #expect(processExitsWith: .success) {
      close(1)
      close(2)
      StandardStream.prepare()
      let descriptor = open("/dev/null", O_RDONLY)
      exit(descriptor > 2 && write(1, "x", 1) == 1 && write(2, "x", 1) == 1 ? 0 : 1)
    }
  }
}

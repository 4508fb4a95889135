import Foundation
import TesseraHDF5
import Testing

@Suite struct HDF5RefusalTests {
  private func message(_ body: (HDF5File) throws -> Void) throws -> String {
    let path = golden("kinds.h5")
    let file = try HDF5File(contentsOf: path)
    let error = #expect(throws: HDF5Error.self) { try body(file) }
    return error.map { $0.description.replacing(path, with: "kinds.h5") } ?? ""
  }

  @Test(arguments: [
    ("integers", "it holds no floats of 16, 32 or 64 bits. Save the weights as plain arrays of floats."),
    ("texts", "it holds no floats of 16, 32 or 64 bits. Save the weights as plain arrays of floats."),
    ("lzf", "it is packed with the filter 32000. Save the weights as plain arrays of floats."),
    (
      "unwritten",
      "its shape [1048576, 1048576] is impossible: it needs 4398046511104 bytes and has 0. "
        + "The file is damaged; copy or save it again."
    ),
    (
      "unwritten chunks",
      "its shape [1048576, 1048576] is impossible: 0 bytes of data cannot give 4398046511104. "
        + "The file is damaged; copy or save it again."
    ),
    (
      "overflowing",
      "its shape [2147483648, 2147483648, 2147483648] is impossible: it holds 27842 bytes. "
        + "The file is damaged; copy or save it again."
    ),
    ("soft", "it is a soft link, which is not followed. Save the weights into one file."),
    ("external", "it is a link into another file, which is not followed. Save the weights into one file."),
    ("outside", "its data is in another file, which is not followed. Save the weights into one file."),
    ("virtual", "it is put together from other files, which is not followed. Save the weights into one file."),
  ])
  func arraysThatAreNotReadAreNamed(name: String, reason: String) throws {
    let text = try message { _ = try $0.dataset("/refused/\(name)") }
    #expect(text == "kinds.h5: /refused/\(name): \(reason)")
  }

  @Test func whatIsMissingIsNamed() throws {
    let missing = "kinds.h5: there is nothing at /arrays/nowhere. Check that it is the file you mean."
    #expect(try message { _ = try $0.dataset("/arrays/nowhere/else") } == missing)
    // A path goes through groups only.
    let inside = "kinds.h5: there is nothing at /arrays/inner/number/x. Check that it is the file you mean."
    #expect(try message { _ = try $0.dataset("/arrays/inner/number/x") } == inside)
  }

  @Test func kindsAreNotMistaken() throws {
    #expect(try message { _ = try $0.dataset("/arrays") }.contains("/arrays: it is not an array."))
    #expect(try message { _ = try $0.members(of: "/arrays/inner/number") }.contains("number: it is not a group."))
    #expect(try message { _ = try $0.strings("numbers", of: "/") }.contains("/@numbers: it holds no strings."))
  }

  @Test func filesOfOtherKindsAreNamed() throws {
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: HDF5Error.unreadable(file: folder, reason: "it is a folder")) {
      _ = try HDF5File(contentsOf: folder)
    }
    #expect(throws: HDF5Error.notHDF5(file: #filePath)) { _ = try HDF5File(contentsOf: #filePath) }
    #expect(throws: HDF5Error.unreadable(file: "none.h5", reason: "there is no such file")) {
      _ = try HDF5File(contentsOf: "none.h5")
    }
  }

  /// At any length, the file is refused when it is opened or when something is read that lay behind the cut.
  @Test func aFileThatIsCutShortIsRefused() throws {
    let bytes = try Data(contentsOf: URL(filePath: golden("kinds.h5")))
    let path = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString).h5")
    defer { try? FileManager.default.removeItem(at: path) }
    for length in stride(from: 8, to: bytes.count - 1, by: 997) {
      try bytes.prefix(length).write(to: path)
      let error = #expect(throws: HDF5Error.self, "\(length)") { _ = try HDF5File(contentsOf: path.path) }
      #expect(error?.description.hasSuffix("The file is damaged or cut short; copy or save it again.") == true)
    }
  }

  /// The shape of an empty array, [0, 3], which needs no bytes whatever its other lengths are.
  @Test(arguments: [[0, 1 << 61], [0, 1 << 62], [1 << 62, 0], [0, -1]])
  func lengthsThatNoTensorHasAreRefused(lengths: [Int]) throws {
    func bytes(_ value: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    var file = try [UInt8](Data(contentsOf: URL(filePath: golden("kinds.h5"))))
    // The lengths, and the largest that they may get, behind the head of a data space of two dimensions.
    let space = [1, 2, 1, 0, 0, 0, 0, 0] + bytes(0) + bytes(3)
    let place = try #require(file.indices.first { file[$0...].starts(with: space) }) + 8
    file.replaceSubrange(place..<place + 32, with: (lengths + lengths).flatMap(bytes))
    let path = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString).h5")
    defer { try? FileManager.default.removeItem(at: path) }
    try Data(file).write(to: path)
    let error = #expect(throws: HDF5Error.self) {
      _ = try HDF5File(contentsOf: path.path).dataset("/arrays/inner/empty")
    }
    #expect(error?.description.contains("/arrays/inner/empty: ") == true, "\(error?.description ?? "")")
    #expect(lengths.contains(-1) || error?.description.contains("its shape \(lengths) is impossible") == true)
  }

  @Test func aPipeIsNotWaitedFor() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString).h5").path
    defer { unlink(path) }
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: HDF5Error.unreadable(file: path, reason: "it is a pipe, not a file")) {
      _ = try HDF5File(contentsOf: path)
    }
  }
}

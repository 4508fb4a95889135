import Foundation
import TesseraFiles
import TesseraHDF5
import TesseraTensors
import Testing

/// The path of a file that scripts/golden/pretrained_files.py wrote with h5py.
func golden(_ name: String, file: String = #filePath) -> String {
  URL(filePath: file).deletingLastPathComponent().appending(path: "Golden/\(name)").path
}

@Suite struct HDF5FileTests {
  private let values = (0..<24).map { Float($0) / 4 - 2 }

  @Test func readsTextsOfEveryKind() throws {
    let file = try HDF5File(contentsOf: golden("kinds.h5"))
    #expect(try file.strings("fixed", of: "/") == ["one", "three", ""])
    #expect(try file.strings("variable", of: "/") == ["un", "trois", "été"])
    #expect(try file.strings("padded", of: "/") == ["ab", "c"])
    #expect(try file.strings("scalar", of: "/") == ["alone"])
    #expect(try file.strings("none", of: "/") == [])
    #expect(try file.strings("nowhere", of: "/") == nil)
  }

  @Test(arguments: [
    "little-f2", "little-f4", "little-f8", "big-f2", "big-f4", "big-f8", "chunked", "packed", "compact",
  ])
  func readsFloatsOfEveryKind(name: String) throws {
    let dataset = try HDF5File(contentsOf: golden("kinds.h5")).dataset("/arrays/inner/\(name)")
    let tensor = try dataset.tensor()
    #expect(tensor.shape == [2, 3, 4])
    #expect(tensor.scalars == values)
    var blocks: [[Float]] = []
    try dataset.readBlocks(of: 10) { start, block in
      #expect(start == blocks.count * 10)
      blocks.append(Array(block))
    }
    #expect(blocks == [Array(values[..<10]), Array(values[10..<20]), Array(values[20...])])
  }

  @Test func readsAFileThatHasNoName() throws {
    let bytes = try Data(contentsOf: URL(filePath: golden("kinds.h5")))
    let file = try RegularFile.unnamed { append in try bytes.withUnsafeBytes { try append($0) } }
    // What is read later keeps it open.
    let dataset = try HDF5File(file, called: "a.keras").dataset("/arrays/inner/packed")
    #expect(try dataset.tensor().scalars == values)
    let empty = try RegularFile.unnamed { _ in }
    #expect(throws: HDF5Error.notHDF5(file: "a.keras")) { try HDF5File(empty, called: "a.keras") }
  }

  @Test func readsTheLatestFormat() throws {
    let file = try HDF5File(contentsOf: golden("latest.h5"))
    #expect(try file.strings("variable", of: "/") == ["un", "deux"])
    #expect(try file.dataset("array").tensor().scalars == values)
  }

  @Test func readsNumbersAndEmptyArrays() throws {
    let file = try HDF5File(contentsOf: golden("kinds.h5"))
    #expect(try file.dataset("/arrays/inner/number").tensor() == Tensor(0.5))
    #expect(try file.dataset("/arrays/inner/empty").tensor().shape == [0, 3])
  }

  @Test func listsGroups() throws {
    let file = try HDF5File(contentsOf: golden("kinds.h5"))
    #expect(try file.members(of: "/") == ["arrays", "refused"])
    #expect(try file.has("inner", in: "/arrays"))
    #expect(try file.kind(of: "/arrays/inner") == .group)
    #expect(try file.kind(of: "/arrays/inner/compact") == .dataset)
  }

  @Test func isReadFromSeveralTasksAtOnce() async throws {
    let file = try HDF5File(contentsOf: golden("kinds.h5"))
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 { group.addTask { try file.dataset("/arrays/inner/packed").tensor().scalars } }
      for try await scalars in group { #expect(scalars == values) }
    }
  }
}

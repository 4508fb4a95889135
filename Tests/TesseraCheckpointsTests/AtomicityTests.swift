import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

@Suite struct AtomicityTests {
  static let tensors: [(name: String, tensor: Tensor)] = [("a", Tensor(repeating: 1, shape: [1 << 16]))]

  @Test func aNewFileReplacesTheOldOneAndLeavesNothingElse() throws {
    try withTemporaryFolder { folder in
      try Array("old".utf8).write(to: "\(folder)/last.safetensors")
      try SafeTensors.write(Self.tensors, to: "\(folder)/last.safetensors")
      #expect(try SafeTensors(contentsOf: "\(folder)/last.safetensors").tensor("a") == Self.tensors[0].tensor)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["last.safetensors"])
    }
  }

  @Test func aFileThatIsOpenKeepsItsContentsWhenItIsReplaced() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/last.safetensors"
      try SafeTensors.write([("a", Tensor(1))], to: path)
      let old = try SafeTensors(contentsOf: path)
      try SafeTensors.write([("a", Tensor(2))], to: path)
      #expect(try old.tensor("a") == Tensor(1))
      #expect(try SafeTensors(contentsOf: path).tensor("a") == Tensor(2))
    }
  }

  @Test func aFailedRenameRemovesTheTemporaryFile() throws {
    try withTemporaryFolder { folder in
      // A folder of that name, with something inside: it cannot be replaced by a file.
      try FileManager.default.createDirectory(atPath: "\(folder)/taken/inside", withIntermediateDirectories: true)
      let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.write(Self.tensors, to: "\(folder)/taken") }
      #expect(error?.description.hasPrefix("\(folder)/taken: cannot be written: ") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/taken") == ["inside"])
    }
  }

  @Test func aMissingFolderIsAnError() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/none/last.safetensors"
      #expect(throws: SafeTensorsError.unwritable(file: path, reason: "there is no folder \(folder)/none")) {
        try SafeTensors.write(Self.tensors, to: path)
      }
    }
  }

  @Test func aFullDiskLeavesTheOldFileAndNoTemporaryOne() async {
    await #expect(processExitsWith: .success) {
      // A limit on the length of files stands in for a full disk; in a process of its own, which it binds as a whole.
      try withTemporaryFolder { folder in
        let path = "\(folder)/last.safetensors"
        try SafeTensors.write([("a", Tensor(1))], to: path)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
        #if canImport(Glibc)
          setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #else
          setrlimit(RLIMIT_FSIZE, &limit)
        #endif
        let error = #expect(throws: SafeTensorsError.self) { try SafeTensors.write(AtomicityTests.tensors, to: path) }
        #expect(error == .unwritable(file: path, reason: "File too large"))
        #expect(try SafeTensors(contentsOf: path).tensor("a") == Tensor(1))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["last.safetensors"])
      }
    }
  }
}

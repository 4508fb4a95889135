import Foundation
import TesseraFiles
import Testing

@Suite struct FileLockTests {
  @Test func aNameIsHeldByOneAndLeavesNoFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/name.lock"
      var lock = try FileLock(file: path)
      #expect(lock != nil)
      #expect(try FileLock(file: path) == nil)
      lock = nil
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      lock = try FileLock(file: path)
      #expect(lock != nil)
    }
  }

  /// The file that it waits for is removed with its holder: it must end up with the next one.
  @Test func whoWaitsIsToldOnceAndIsNext() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/name.lock"
      var first = try FileLock(file: path)
      #expect(first != nil)
      var told = 0
      let second = try FileLock(file: path) {
        told += 1
        first = nil
      }
      #expect(told == 1)
      #expect(try FileLock(file: path) == nil)
      withExtendedLifetime(second) {}
    }
  }

  @Test func aFolderIsHeldByOneAndStaysEmpty() throws {
    try withTemporaryFolder { folder in
      #expect(!FileLock.isHeld(folder: folder))
      var lock = FileLock(folder: folder)
      #expect(lock != nil)
      #expect(FileLock.isHeld(folder: folder))
      #expect(FileLock(folder: folder) == nil)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
      lock = nil
      #expect(!FileLock.isHeld(folder: folder))
      #expect(FileLock(folder: folder) != nil)
    }
  }

  @Test func aMissingFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/none/name.lock"
      #expect(throws: FileError(path: path, reason: "there is no folder \(folder)/none")) {
        _ = try FileLock(file: path)
      }
      // Nobody can hold what is not there, and whoever creates it says what is wrong.
      #expect(!FileLock.isHeld(folder: folder + "/none"))
    }
  }
}

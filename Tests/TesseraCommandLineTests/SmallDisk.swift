import Foundation

/// A small file system in memory, which only root can make.
struct SmallDisk {
  let path: String

  static var canBeMade: Bool { getuid() == 0 && FileManager.default.fileExists(atPath: "/bin/mount") }

  /// `nil` where a container lets not even its root mount anything.
  init?(at path: String, megabytes: Int) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    self.path = path
    guard try Self.shell("mount -t tmpfs -o size=\(megabytes)m tmpfs '\(path)' 2>/dev/null") else {
      print("skipped: this machine lets nobody mount a file system")
      return nil
    }
  }

  func grow(toMegabytes megabytes: Int) throws -> Bool {
    try Self.shell("mount -o remount,size=\(megabytes)m '\(path)'")
  }

  /// Takes the last free byte.
  func fill() throws { _ = try Self.shell("cat /dev/zero > '\(path)/rest' 2>/dev/null") }

  func remove() { _ = try? Self.shell("umount '\(path)'") }

  private static func shell(_ command: String) throws -> Bool {
    let process = try Process.run(URL(filePath: "/bin/sh"), arguments: ["-c", command])
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

import Foundation
import TesseraImaging
import Testing

/// Programs in other languages, which call libtessera: they get the masks that `tessera predict` writes.
@Suite struct CProgramTests {
  private static let examples = ReadmeTests.package.appending(path: "Examples/c").path
  private static let header = ReadmeTests.package.appending(path: "Sources/CTessera").path

  private let picture = Image(
    width: 61, height: 43, channels: 3,
    pixels: (0..<7869).map { (index: Int) in UInt8((index * 31 + index / 97) % 256) })

  /// The library as the package builds it.
  private func library() throws -> URL {
    let file = try #require(Program.folder, "the programs are not beside the tests").appending(path: "libTesseraC.so")
    try #require(FileManager.default.fileExists(atPath: file.path), "the library is not beside the tests")
    return file
  }

  /// Runs a program on a checkpoint and a picture, and compares the mask it writes, and what it says about the mask.
  private func expectMask(of program: Program, _ words: [String] = [], environment: [String: String] = [:]) throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors", classes: 3)
      try picture.write(to: folder + "/a.png")
      try Data(Data("P6\n61 43\n255\n".utf8) + picture.pixels).write(to: URL(filePath: folder + "/a.ppm"))
      let own = try Program.tessera.run(
        ["predict", "--checkpoint", "net.safetensors", "a.png", "--output", "."], in: folder)
      try #require(own.status == 0, "\(own.errors)")
      let mask = try Mask(
        contentsOf: folder + "/a.mask.png", labelSpace: LabelSpace(names: ["0", "1", "2"], void: 255))

      let outcome = try program.run(
        words + ["net.safetensors", "a.ppm", "a.pgm"], in: folder, environment: environment)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let written = try contents(folder + "/a.pgm").dropFirst("P5 61 43 65535\n".utf8.count)
      #expect(Array(written) == mask.indices.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] })
      #expect(mask.histogram.count > 1)
      let shares = mask.histogram.sorted { $0.key < $1.key }.map { index, count in
        String(format: "%5.1f %% class %d\n", 100 * Double(count) / (61 * 43), index)
      }
      #expect(outcome.output == shares.joined())

      let failure = try program.run(
        words + ["none.safetensors", "a.ppm", "b.pgm"], in: folder, environment: environment)
      #expect(failure.status == 1 && failure.errors.contains("none.safetensors"))
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc"), "there is no C compiler"))
  func aCProgramGetsTheMask() throws {
    let folder = try library().deletingLastPathComponent().path
    try withTemporaryFolder { place in
      let compiled = try Program(name: "/usr/bin/cc").run(
        [
          "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", Self.header, "-o", "segment", Self.examples + "/segment.c",
          "-L", folder, "-lTesseraC", "-Wl,-rpath," + folder,
        ], in: place)
      try #require(compiled.status == 0, "\(compiled.errors)")
      try expectMask(of: Program(name: place + "/segment"))
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "there is no Python"))
  func aPythonProgramGetsTheMask() throws {
    try expectMask(
      of: Program(name: "/usr/bin/python3"), [Self.examples + "/segment.py"],
      environment: ["TESSERA_LIBRARY": try library().path])
  }

  /// What the header declares is what the library has.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/nm"), "there is no nm"))
  func theHeaderNamesEveryFunction() throws {
    let declared = try String(contentsOfFile: Self.header + "/tessera.h", encoding: .utf8)
      .matches(of: #/(?m)^[a-z].*?\b(tessera_\w+)\(/#).map { String($0.1) }
    let symbols = try Program(name: "/usr/bin/nm").run(["-D", "--defined-only", try library().path], in: "/")
    let defined = symbols.output.split(separator: "\n").compactMap { $0.split(separator: " ").last }
      .filter { $0.hasPrefix("tessera_") }.map(String.init)
    #expect(Set(declared) == Set(defined) && declared.count == 7)
  }
}

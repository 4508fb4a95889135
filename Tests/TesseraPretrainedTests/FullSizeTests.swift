import Foundation
import Testing

/// Networks of full size, where scripts/verify/vgg16_weights.py has written some: its folder is named by the
/// environment.
@Suite(.serialized) struct FullSizeTests {
  static let folder = ProcessInfo.processInfo.environment["TESSERA_VGG16_FOLDER"]

  @Test(.enabled(if: folder != nil, "TESSERA_VGG16_FOLDER names no folder of scripts/verify/vgg16_weights.py"))
  func giveTheFeaturesOfTheProgramThatSavedThem() throws {
    let folder = try #require(Self.folder)
    let ending = ".expected.safetensors"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(ending) }.sorted()
    #expect(!files.isEmpty)
    for file in files {
      try expectTheFeaturesOfTheirProgram("\(folder)/\(file.dropLast(ending.count))", width: 64, denseWidth: 4096)
    }
  }
}

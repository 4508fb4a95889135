import Foundation
import TesseraCheckpoints
import TesseraHDF5
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import Testing

/// Files that are no weights of VGG-16, and the line that says so.
@Suite struct FormatTests {
  private func message(_ path: String) throws -> String {
    let error = #expect(throws: (any Error).self) { _ = try PretrainedWeights(contentsOf: path, for: FCNN.self) }
    let text = error.map { "\($0)" } ?? ""
    #expect(!text.contains("\n"))
    return text.replacing(path, with: (path as NSString).lastPathComponent)
  }

  @Test(arguments: [
    (
      "torchscript.pth",
      "it is a TorchScript program. Save the weights with torch.save(model.state_dict(), \"weights.pth\")."
    ),
    (
      "photos.zip",
      "it is a zip archive, but not one that PyTorch saved: it has no data.pkl. "
        + "Save the weights with torch.save(model.state_dict(), \"weights.pth\")."
    ),
    (
      "tensors.pth",
      "holds none of the weights that the network can start from (Keras VGG-16, torchvision VGG-16, timm VGG-16, "
        + "torchvision VGG-16-BN, timm VGG-16-BN, Keras FCNN, Keras FCN-8s): its names begin with whole, transposed, sliced, corner. Save the weights "
        + "of one of these networks as its program names them."
    ),
  ])
  func otherFilesOfKnownProgramsAreNamed(name: String, reason: String) throws {
    #expect(try message(golden(name)) == "\(name): \(reason)")
  }

  @Test(arguments: [
    ("", "it is empty. Download or save it again."),
    ("version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer, not the file itself."),
    ("\n<!DOCTYPE html><html>", "it is a web page, not the expected file. Download the file itself."),
    ("<?xml version=\"1.0\"?><Error>", "it is a web page, not the expected file."),
    ("some text", "it is neither HDF5 nor safetensors nor an archive of Keras or PyTorch."),
    ("PK\u{3}\u{4} and no more", "the zip archive: "),
    (String(repeating: "\0", count: 257) + "ustar\0", "it is in PyTorch's first format"),
  ])
  func whatDownloadsLeaveBehindIsNamed(content: String, reason: String) throws {
    try withTemporaryFolder { folder in
      try Array(content.utf8).write(to: folder + "/vgg16")
      #expect(try message(folder + "/vgg16").hasPrefix("vgg16: \(reason)"))
    }
  }

  @Test func whatCannotBeOpenedIsSaid() throws {
    #expect(
      try message("nowhere.h5")
        == "nowhere.h5: cannot be read: there is no such file. Check the path and its permissions.")
    try withTemporaryFolder { folder in
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(try message(folder).contains("cannot be read: it is a folder."))
      #expect(try message(folder + "/pipe").contains("cannot be read: it is a pipe, not a file."))
      #expect(try message("/dev/zero").contains("cannot be read: it is a device, not a file."))
    }
  }

  @Test func ourOwnCheckpointsAreForAnotherOption() throws {
    try withTemporaryFolder { folder in
      try SafeTensors.write([("backbone.blocks.0.convolutions.0.bias", Tensor(1))], to: folder + "/best.safetensors")
      #expect(
        try message(folder + "/best.safetensors").hasSuffix(
          "Those are Tessera's own: use load(from:) or loadBackbone(from:)."))
    }
  }

  /// The header announces more than there is, or nests what nobody could follow.
  @Test(arguments: [
    (
      "{\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[1099511627776],\"data_offsets\":[0,4398046511104]}}",
      "the file is cut short: "
    ),
    (
      "{\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,4]}}",
      "F32 elements of shape [9223372036854775807, 9] do not fill whole bytes, or too many"
    ),
    (
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "inside the tensor before it"
    ),
    (String(repeating: "{\"a\":", count: 100_000), "tensor 'a'"),
    ("{\"a\":" + String(repeating: "[", count: 100_000), "'{' is expected"),
  ])
  func safetensorsThatLieAreRefused(header: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/vgg16.safetensors"
      try (littleEndian(header.utf8.count, 8) + Array(header.utf8) + [0, 0, 0, 0]).write(to: path)
      #expect(try message(path).contains(reason))
    }
  }

  @Test func anHDF5FileOfOtherThingsIsNamed() throws {
    let kinds = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "TesseraHDF5Tests/Golden/kinds.h5").path
    #expect(
      try message(kinds)
        == "kinds.h5: it is an HDF5 file, but not one of Keras weights: it has neither layer_names nor a group "
        + "'layers'. Save the weights with model.save_weights(\"model.weights.h5\").")
  }

  /// The shape would fit no memory, and the file holds none of it.
  @Test(arguments: ["[0,4611686018427387904]", "[4611686018427387904,0]", "[0,4294967296,4294967296]"])
  func emptyTensorsOfSafetensorsHaveShapesThatCanBe(shape: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      let header = "{\"features.0.bias\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,0]}}"
      try (littleEndian(header.utf8.count, 8) + Array(header.utf8)).write(to: path)
      let found = shape.replacing(",", with: ", ")
      #expect(try message(path).contains("F32 elements of shape \(found) do not fill whole bytes, or too many"))
    }
  }

  @Test func aPickleOfOtherProgramsIsNamed() throws {
    try withTemporaryFolder { folder in
      try ([0x80, 2] + Pickle.integer(3) + [0x2E]).write(to: folder + "/a.pth")
      #expect(
        try message(folder + "/a.pth")
          == "a.pth: it is a pickle, but not one that PyTorch saved. "
          + "Save the weights with torch.save(model.state_dict(), \"weights.pth\").")
    }
  }
}

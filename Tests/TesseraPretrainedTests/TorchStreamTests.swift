import TesseraCheckpoints
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import Testing

/// Files in PyTorch's format before 1.6.
@Suite struct TorchStreamTests {
  private func floats(_ name: String, in file: any WeightsFile) throws -> [Float] {
    var floats: [Float] = []
    try file.readRows(of: name) { start, block in
      #expect(start == floats.count)
      floats += block
    }
    return floats
  }

  @Test(arguments: ["legacy-1.13.1.pth", "legacy-2.13.0.pth"])
  func theSameWeightsAsInOtherFormatsAreLoaded(name: String) throws {
    func weights(_ name: String) throws -> [Tensor] {
      let weights = try PretrainedWeights(contentsOf: golden(name), for: FCNN.self)
      #expect(weights.table.name == "torchvision VGG-16")
      let model = makeModel(for: weights, width: 1, denseWidth: 8)
      try weights.load(into: model)
      return model.backbone.parameters.map(\.value) + [model.fc6, model.fc7].compactMap { $0?.filter.value }
    }
    #expect(try weights(name) == weights("torchvision.safetensors"))
  }

  @Test(arguments: ["legacy_views-1.13.1.pth", "legacy_views-2.13.0.pth"])
  func readsViewsAndTypesAsPyTorchDoes(name: String) throws {
    let file = try openWeights(at: golden(name))
    let plain = try SafeTensors(contentsOf: golden("tensors.safetensors"))
    #expect(file.arrays.count == 11)
    for (name, shape) in file.arrays {
      let expected = try plain.tensor(name)
      #expect(shape == expected.shape, "\(name)")
      #expect(try floats(name, in: file) == expected.scalars, "\(name)")
    }
  }

  private static let numbers = (0..<12).map { Float($0) / 2 }
  private static let bytes = numbers.flatMap { littleEndian(Int($0.bitPattern), 4) }

  /// As Python 2 and PyTorch 0.1 wrote it: texts of bytes, a dictionary of pairs with attributes, `_rebuild_tensor`
  /// without flags, sizes as `torch.Size`, and two parts of one storage.
  @Test func filesOfTheFirstVersionsAreRead() throws {
    func text(_ text: String) -> [UInt8] { [UInt8]([0x55, UInt8(text.utf8.count)]) + Array(text.utf8) }
    func part(_ key: String, _ first: Int, _ count: Int) -> [UInt8] {
      Pickle.tuple(text(key), Pickle.integer(first), Pickle.integer(count))
    }
    func tensor(_ part: [UInt8], offset: Int, shape: [Int], strides: [Int]) -> [UInt8] {
      func integers(_ values: [Int]) -> [UInt8] {
        let items: [UInt8] = values.flatMap(Pickle.integer)
        return [0x28] + items + [0x74]
      }
      let size: [UInt8] = Pickle.global("torch", "Size") + integers(shape) + [0x85, 0x52]
      let storage = Pickle.storage(count: 12, part: part)
      let arguments = Pickle.tuple(storage, Pickle.integer(offset), size, integers(strides))
      return Pickle.global("torch._utils", "_rebuild_tensor") + arguments + [0x52]
    }
    func pair(_ name: String, _ value: [UInt8]) -> [UInt8] {
      let start: [UInt8] = [0x5D, 0x28]
      return start + text(name) + value + [0x65]
    }
    let pairs = [
      pair("a", tensor(part("1", 0, 6), offset: 0, shape: [2, 3], strides: [3, 1])),
      pair("b", tensor(part("2", 6, 6), offset: 1, shape: [2, 2], strides: [1, 3])),
      pair("all", tensor([0x4E], offset: 0, shape: [12], strides: [1])),
    ].flatMap(\.self)
    var pickle: [UInt8] = [0x80, 2]
    pickle += Pickle.global("collections", "OrderedDict")
    pickle += [0x5D, 0x28] as [UInt8]
    pickle += pairs
    pickle += [0x65, 0x85, 0x52, 0x7D] as [UInt8]
    pickle += text("_metadata")
    pickle += [0x7D, 0x73, 0x62, 0x2E] as [UInt8]
    try withTemporaryFolder { folder in
      let path = folder + "/a.pth"
      try TorchStream(pickle: pickle, storages: [("0", 12, Self.bytes)]).write(to: path)
      let file = try openWeights(at: path)
      #expect(file.arrays.map(\.name) == ["a", "b", "all"])
      #expect(file.arrays.map(\.shape) == [[2, 3], [2, 2], [12]])
      #expect(try floats("a", in: file) == Array(Self.numbers[..<6]))
      #expect(try floats("b", in: file) == [3.5, 5, 4, 5.5])
      #expect(try floats("all", in: file) == Self.numbers)
    }
  }

  /// More rows than are read at a time, from the middle of a storage on.
  @Test func readsArraysOfManyBlocks() throws {
    let (rows, columns) = (1001, 2099)
    let values = (0..<rows * columns + 1).map { Float($0 % 8191) }
    let tensor = Pickle.tensor(
      Pickle.storage(count: values.count), offset: 1, shape: [rows, columns], strides: [columns, 1])
    try withTemporaryFolder { folder in
      let bytes = values.flatMap { littleEndian(Int($0.bitPattern), 4) }
      try TorchStream(pickle: Pickle.dictionary([("a", tensor)]), storages: [("0", values.count, bytes)])
        .write(to: folder + "/a.pth")
      #expect(try floats("a", in: openWeights(at: folder + "/a.pth")) == Array(values[1...]))
    }
  }

  /// A vector of all twelve numbers, but for what a test changes.
  private func message(
    count: Int = 12, part: [UInt8] = [0x4E], offset: Int = 0, shape: [Int] = [12],
    _ change: (inout TorchStream) -> Void = { _ in }
  ) throws -> String {
    let storage = Pickle.storage(count: count, part: part)
    let tensor = Pickle.tensor(storage, offset: offset, shape: shape, strides: [1])
    var stream = TorchStream(pickle: Pickle.dictionary([("a", tensor)]), storages: [("0", 12, Self.bytes)])
    change(&stream)
    return try withTemporaryFolder { folder in
      let path = folder + "/a.pth"
      try stream.write(to: path)
      let error = #expect(throws: PretrainedWeightsError.self) { _ = try openWeights(at: path) }
      let text = error?.description.replacing(folder + "/", with: "") ?? ""
      #expect(!text.contains("\n"))
      return text.replacing(" The file is damaged; download or save it again.", with: "")
    }
  }

  @Test func storagesMustBeThereAsDescribed() throws {
    let it = "a.pth: the storage '0': "
    #expect(try message { $0.storages[0].count = 13 } == it + "it has 13 elements, but a tensor says 12.")
    #expect(
      try message { $0.storages[0].count = -1 } == it + "it has 18446744073709551615 elements, but a tensor says 12.")
    #expect(try message { $0.storages[0].bytes.removeLast() } == it + "the file ends before its 12 elements do.")
    #expect(try message(count: 1 << 62) { $0.storages[0].count = 1 << 62 }.contains("the file ends before its"))
    #expect(try message(count: -12) { $0.storages[0].count = -12 }.contains("but a tensor says -12"))
    #expect(try message { $0.storages.append($0.storages[0]) } == it + "it occurs twice.")
    #expect(try message { $0.end = [0, 0] } == "a.pth: the end: 2 bytes follow the last storage.")
    #expect(try message { $0.names = ["1"] } == "a.pth: the last pickle: it lists a storage that no tensor has.")
    #expect(
      try message { ($0.names, $0.storages) = ([], []) }
        == "a.pth: a: its numbers, the storage '0', are missing from the file.")
  }

  @Test func partsAndTensorsMustLieInTheirStorage() throws {
    func part(_ first: Int, _ count: Int) -> [UInt8] {
      Pickle.tuple(Pickle.text("1"), Pickle.integer(first), Pickle.integer(count))
    }
    #expect(
      try message(part: part(6, 6))
        == "a.pth: a: shape [12] with strides [1] reaches element 17 of 12.")
    for (first, count) in [(6, 7), (-1, 3), (13, 0), (0, -1), (1, .max), (.max, .max)] {
      #expect(try message(part: part(first, count)) == "a.pth: a: its part of the storage '0' lies outside.")
    }
    #expect(try message(part: part(6, 6), offset: .max).contains("the shape [12] is too large"))
    #expect(
      try message(part: Pickle.tuple(Pickle.text("1"))).contains("a part of a storage is described in an unknown way"))
    #expect(try message(shape: [13]) == "a.pth: a: shape [13] with strides [1] reaches element 12 of 12.")
    #expect(try message(shape: [1 << 62]).contains("no tensor has the shape [4611686018427387904]"))
  }

  @Test func otherKindsOfFilesAreNamed() throws {
    #expect(try message { $0.version = 1002 }.hasPrefix("a.pth: it is of an unknown version of PyTorch's format."))
    #expect(try message { $0.isLittleEndian = false }.hasPrefix("a.pth: its numbers are in the byte order 'big'."))
    #expect(try message { $0.magic[9] = 0 }.hasPrefix("a.pth: it is a pickle, but not one that PyTorch saved."))
    // Without its end it runs on into the next one and the numbers.
    #expect(try message { $0.pickle = $0.pickle.dropLast() }.hasPrefix("a.pth: the "))
    #expect(try message { $0.pickle = [0x80, 2] + Pickle.global("os", "system") + [0x2E] }.contains("\"os.system\""))
  }
}

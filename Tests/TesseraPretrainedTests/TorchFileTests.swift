import TesseraCheckpoints
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import Testing

@Suite struct TorchFileTests {
  private func floats(_ name: String, in file: any WeightsFile) throws -> [Float] {
    var floats: [Float] = []
    try file.readRows(of: name) { start, block in
      #expect(start == floats.count)
      floats += block
    }
    return floats
  }

  /// Views and types, which PyTorch itself also wrote out as plain arrays.
  @Test func readsViewsAndTypesAsPyTorchDoes() throws {
    let file = try openWeights(at: golden("tensors.pth"))
    let plain = try SafeTensors(contentsOf: golden("tensors.safetensors"))
    #expect(
      file.arrays.map(\.name) == [
        "whole", "transposed", "sliced", "corner", "expanded", "number", "empty", "half", "bfloat", "double", "counts",
      ])
    for (name, shape) in file.arrays {
      let expected = try plain.tensor(name)
      #expect(shape == expected.shape, "\(name)")
      #expect(try floats(name, in: file) == expected.scalars, "\(name)")
    }
  }

  @Test func emptyArraysHaveNoRows() throws {
    for file in ["tensors.pth", "tensors.safetensors"] {
      #expect(try floats("empty", in: openWeights(at: golden(file))) == [])
    }
  }

  /// More rows than are read at a time, and elements that lie across two pieces of the file.
  @Test func readsArraysOfManyBlocks() throws {
    let (rows, columns) = (1001, 2099)
    let values = (0..<rows * columns + 1).map { Float($0 % 8191) }
    let bytes = values.flatMap { littleEndian(Int($0.bitPattern), 4) }
    let storage = Pickle.storage(count: values.count)
    let pickle = Pickle.dictionary([
      ("behind", Pickle.tensor(storage, offset: 1, shape: [rows, columns], strides: [columns, 1])),
      ("turned", Pickle.tensor(storage, shape: [columns, rows], strides: [1, columns])),
    ])
    try withTemporaryFolder { folder in
      try TorchArchive(pickle: pickle, storages: [("0", bytes)]).write(to: folder + "/a.pth")
      let file = try openWeights(at: folder + "/a.pth")
      #expect(try floats("behind", in: file) == Array(values[1...]))
      let turned = try floats("turned", in: file)
      #expect(turned.count == rows * columns)
      #expect(turned.indices.allSatisfy { turned[$0] == values[$0 % rows * columns + $0 / rows] })
    }
  }

  /// A tensor of two rows of three on a storage of six floats, but for what a test changes.
  private func message(
    offset: Int = 0, shape: [Int] = [2, 3], strides: [Int] = [3, 1], count: Int = 6, bytes: Int = 24, key: String = "0",
    type: String = "FloatStorage", byteOrder: String? = "little", twice: Bool = false
  ) throws -> String {
    let tensor = Pickle.tensor(Pickle.storage(type, count: count), offset: offset, shape: shape, strides: strides)
    let pickle = Pickle.dictionary([("a", tensor)] + (twice ? [("a", tensor)] : []))
    let storage = (key, [UInt8](repeating: 0, count: bytes))
    return try withTemporaryFolder { folder in
      let path = folder + "/a.pth"
      try TorchArchive(pickle: pickle, storages: [storage], byteOrder: byteOrder).write(to: path)
      let error = #expect(throws: PretrainedWeightsError.self) { _ = try openWeights(at: path) }
      let text = error?.description.replacing(folder + "/", with: "") ?? ""
      #expect(!text.contains("\n"))
      return text
    }
  }

  @Test func tensorsMustLieInTheirStorage() throws {
    func a(_ reason: String) -> String { "a.pth: a: \(reason). The file is damaged; download or save it again." }
    #expect(try message(offset: 1) == a("shape [2, 3] with strides [3, 1] reaches element 6 of 6"))
    #expect(try message(shape: [3, 3]) == a("shape [3, 3] with strides [3, 1] reaches element 8 of 6"))
    #expect(try message(strides: [1 << 62, 1]).contains("reaches element 4611686018427387906 of 6"))
    #expect(try message(shape: [5, 3], strides: [1 << 62, 1]) == a("the shape [5, 3] is too large"))
    for (shape, strides) in [
      ([1 << 40, 1 << 40], [0, 0]), ([1 << 61], [1]), ([1 << 61], [0]), ([1 << 62], [1]), ([.max], [1]),
      ([0, 1 << 62], [1, 1]),
    ] {
      #expect(
        try message(shape: shape, strides: strides)
          == a("no tensor has the shape \(shape), strides \(strides) and offset 0"))
    }
    #expect(try message(offset: 7, shape: [0], strides: [1]) == a("it begins at element 7 of 6"))
    #expect(try message(offset: .max) == a("the shape [2, 3] is too large"))
    for message in [try message(strides: [-3, 1]), try message(offset: -1), try message(shape: [-2, 3])] {
      #expect(message.hasPrefix("a.pth: a: no tensor has the shape ["))
    }
    #expect(try message(strides: [1]).contains("no tensor has the shape [2, 3], strides [1] and offset 0"))
  }

  @Test func storagesMustBeThereAsDescribed() throws {
    #expect(
      try message(count: 1 << 62).contains("it says that 'data/0' has 4611686018427387904 elements, but that has 24"))
    #expect(try message(bytes: 20).contains("it says that 'data/0' has 6 elements, but that has 20 bytes"))
    #expect(try message(count: -6).contains("has -6 elements"))
    #expect(try message(key: "1").contains("its numbers, 'data/0', are missing from the file"))
    #expect(try message(type: "ComplexFloatStorage").contains("the pickle uses \"torch.ComplexFloatStorage\""))
    #expect(try message(twice: true).contains("a.pth: a: the name occurs twice"))
  }

  /// A message stays one line, and moves no cursor.
  @Test func namesAreShownWithoutTheirControlCharacters() throws {
    let tensor = Pickle.tensor(Pickle.storage(count: 7), shape: [2], strides: [1])
    try withTemporaryFolder { folder in
      let archive = TorchArchive(pickle: Pickle.dictionary([("a\n\u{1B}[2Jb", tensor)]), storages: [("0", [0, 0])])
      try archive.write(to: folder + "/a.pth")
      let error = #expect(throws: PretrainedWeightsError.self) { _ = try openWeights(at: folder + "/a.pth") }
      #expect(
        error?.description.contains("a.pth: a\\n\\u{1B}[2Jb: it says that") == true, "\(error?.description ?? "")")
    }
  }

  @Test func otherByteOrdersAreRefused() throws {
    #expect(
      try message(byteOrder: "big")
        == "a.pth: its numbers are in the byte order 'big'. Save it again on a machine with little-endian numbers, as "
        + "nearly all are.")
  }

  /// The archive has a checksum of each storage.
  @Test func aChangedNumberIsFound() throws {
    var bytes = try [UInt8](contentsOf: golden("tensors.pth"))
    // 1.5, the thirteenth of the eighths, where they first stand as 32-bit floats.
    let number = littleEndian(Int(Float(1.5).bitPattern), 4) + littleEndian(Int(Float(1.625).bitPattern), 4)
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: number) })
    bytes[place] ^= 1
    try withTemporaryFolder { folder in
      try bytes.write(to: folder + "/a.pth")
      let file = try openWeights(at: folder + "/a.pth")
      let error = #expect(throws: PretrainedWeightsError.self) { _ = try floats("whole", in: file) }
      #expect(error?.description.contains("a.pth: tensors/data/0: ") == true, "\(error?.description ?? "")")
    }
  }

  @Test(arguments: [
    ("bomb.pth", "claim more bytes than the file's"), ("pickle_bomb.pth", "claim more bytes than the file's"),
  ])
  func bombsAreRefusedUnopened(name: String, reason: String) throws {
    let error = #expect(throws: PretrainedWeightsError.self) { _ = try openWeights(at: golden(name)) }
    #expect(error?.description.contains(reason) == true)
  }

  @Test func whatIsNoDictionaryOfTensorsIsSaid() throws {
    for pickle in [[0x80, 2, 0x4E, 0x2E], Pickle.dictionary([("epoch", Pickle.integer(3))])] {
      try withTemporaryFolder { folder in
        try TorchArchive(pickle: pickle).write(to: folder + "/a.pth")
        let error = #expect(throws: PretrainedWeightsError.self) { _ = try openWeights(at: folder + "/a.pth") }
        #expect(
          error?.description.hasSuffix("Save the weights with torch.save(model.state_dict(), \"weights.pth\").") == true
        )
      }
    }
  }

  /// One number stands for 2^40 by a step of 0: that is the file's fault, and no width for a model.
  @Test func aWidthThatOnlyOneArrayHasIsNoAdvice() throws {
    let storage = Pickle.storage(count: 64 * 27)
    let pickle = Pickle.dictionary([
      ("features.0.weight", Pickle.tensor(storage, shape: [64, 3, 3, 3], strides: [27, 9, 3, 1])),
      ("features.0.bias", Pickle.tensor(storage, shape: [1 << 40], strides: [0])),
    ])
    try withTemporaryFolder { folder in
      let storages = [("0", [UInt8](repeating: 0, count: 4 * 64 * 27))]
      try TorchArchive(pickle: pickle, storages: storages).write(to: folder + "/a.pth")
      let weights = try PretrainedWeights(contentsOf: folder + "/a.pth", for: FCNN.self)
      let error = #expect(throws: PretrainedWeightsError.self) {
        try weights.load(into: makeModel(for: weights, width: 64, denseWidth: nil))
      }
      let text = error?.description ?? ""
      #expect(
        text.contains("misshapen (1): features.0.bias is [1099511627776], expected [64]") && !text.contains("width"))
      let other = #expect(throws: PretrainedWeightsError.self) {
        try weights.load(into: makeModel(for: weights, width: 32, denseWidth: nil))
      }
      #expect(other?.description.contains("Make the model's width") == false)
    }
  }

  /// Each round of taking wrappers off looks at every name.
  @Test func aNameOfManyWrappersEnds() throws {
    let name = String(repeating: "module.", count: 400_000)
    let pickle = Pickle.dictionary([(name, Pickle.tensor(Pickle.storage(count: 1), shape: [1], strides: [1]))])
    try withTemporaryFolder { folder in
      try TorchArchive(pickle: pickle, storages: [("0", [0, 0, 0, 0])]).write(to: folder + "/a.pth")
      #expect(try openWeights(at: folder + "/a.pth").arrays.first?.name.count == 7 * (400_000 - 8))
    }
  }
}

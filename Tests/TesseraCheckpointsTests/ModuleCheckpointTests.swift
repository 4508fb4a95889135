import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraLayers
import TesseraTensors
import Testing

@Suite struct ModuleCheckpointTests {
  @Test func aModelComesBackFromItsFile() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.safetensors"
      let saved = Network(from: 0)
      try saved.save(to: path, metadata: ["epoch": "3"])
      let loaded = Network(from: 1000)
      try loaded.load(from: path)
      #expect(loaded.values == saved.values)
      let file = try SafeTensors(contentsOf: path)
      #expect(file.metadata == ["epoch": "3"])
      #expect(file.names == ["blocks.0.filter", "blocks.1.filter", "mean", "stem.bias", "stem.filter"])
    }
  }

  /// Two layers with one filter.
  private struct Tied: Module {
    let first: Convolution
    let second: Convolution
    var description: String { "Tied" }

    init(_ filter: Tensor) {
      first = Convolution(filter: Parameter(filter), bias: nil)
      second = Convolution(filter: first.filter, bias: Parameter(.zeros([1])))
    }
  }

  @Test func tiedWeightsAreSavedOnceAndLoadedFromAnyOfTheirPaths() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/tied.safetensors"
      let (one, other, bias) = (Tensor([1, 2]), Tensor([3, 4]), ("second.bias", Tensor([5])))
      try Tied(one).save(to: path)
      #expect(try SafeTensors(contentsOf: path).names == ["first.filter", "second.bias"])
      for names in [["first.filter"], ["second.filter"], ["first.filter", "second.filter"]] {
        let model = Tied(other)
        try SafeTensors.write(names.map { ($0, one) } + [bias], to: path)
        try model.load(from: path)
        #expect(model.first.filter.value == one && model.second.filter === model.first.filter)
        #expect(model.second.bias?.value == Tensor([5]))
        // A parameter that stays new may be named by any path too.
        let new = Tied(other)
        try new.load(from: SafeTensors(contentsOf: path), leavingNew: ["second.filter"])
        #expect(new.first.filter.value == other && new.second.bias?.value == Tensor([5]))
      }
    }
  }

  @Test func tiedWeightsThatDifferInAFileAreNotLoaded() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/tied.safetensors"
      try SafeTensors.write(
        [("first.filter", Tensor([1, 2])), ("second.filter", Tensor([1, 3])), ("second.bias", Tensor([5]))], to: path)
      let model = Tied(Tensor([7, 8]))
      let error = #expect(throws: SafeTensorsError.self) { try model.load(from: path) }
      #expect(
        error?.description == "\(path): 'first.filter' and 'second.filter' are one parameter in the model, but have "
          + "different values in the file; nothing was loaded. Load it into a model that does not share them.")
      #expect(model.first.filter.value == Tensor([7, 8]) && model.second.bias?.value == Tensor([0]))
      try SafeTensors.write([("second.bias", Tensor([5]))], to: path)
      let missing = #expect(throws: TensorMismatchError.self) { try model.load(from: path) }
      #expect(missing?.missing == ["first.filter"])
      try SafeTensors.write(
        [("first.filter", Tensor([1, 2])), ("second.filter", Tensor([1])), ("second.bias", Tensor([5]))], to: path)
      let misshapen = #expect(throws: TensorMismatchError.self) { try model.load(from: path) }
      #expect(misshapen?.misshapen.map(\.name) == ["second.filter"])
    }
  }

  @Test func oneErrorNamesAllThatDiffersAndNothingIsChanged() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/other.safetensors"
      try SafeTensors.write(
        [
          ("stem.filter", Tensor.zeros([1, 1, 3, 4])), ("stem.bias", Tensor.zeros([5])),
          ("blocks.1.filter", Tensor.zeros([4, 2])), ("head.filter", Tensor.zeros([1])),
          ("head.bias", Tensor.zeros([1])),
        ], to: path)
      let model = Network(from: 7)
      let before = model.values
      let error = #expect(throws: TensorMismatchError.self) { try model.load(from: path) }
      #expect(error?.missing == ["blocks.0.filter", "mean"])
      #expect(error?.unused == ["head.bias", "head.filter"])
      #expect(error?.misshapen.map(\.name) == ["stem.bias", "blocks.1.filter"])
      #expect(
        error?.localizedDescription
          == "\(path) does not fit the model: missing (2): blocks.0.filter, mean; unused (2): head.bias, head.filter; "
          + "misshapen (2): stem.bias is [5], expected [4], blocks.1.filter is [4, 2], expected [1, 1, 4, 2]; "
          + "nothing was loaded. Load it with the configuration that it was saved with.")
      #expect(model.values == before)
    }
  }

  @Test func namesOfSomebodyElseAreIgnoredWhereTheCallerSaysSo() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/checkpoint.safetensors"
      let saved = Network(from: 0)
      let parameters: [(name: String, tensor: Tensor)] = saved.namedParameters.map { ($0.name, $0.parameter.value) }
      try SafeTensors.write(parameters + [("optimizer.step", Tensor(3))], to: path)
      let loaded = Network(from: 50)
      #expect(throws: TensorMismatchError.self) { try loaded.load(from: path) }
      try loaded.load(from: SafeTensors(contentsOf: path), ignoring: ["optimizer."])
      #expect(loaded.values == saved.values)
    }
  }

  @Test func aFileThatCannotBeReadToItsEndChangesNothing() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.safetensors"
      try Network(from: 0).save(to: path)
      let file = try SafeTensors(contentsOf: path)
      let length = try [UInt8](contentsOf: path).count
      truncate(path, off_t(length - 4))
      let model = Network(from: 7)
      let before = model.values
      #expect(throws: SafeTensorsError.self) { try model.load(from: file) }
      #expect(model.values == before)
    }
  }

  @Test func anUnwritablePlaceIsAnErrorWithItsName() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: SafeTensorsError.self) { try Network(from: 0).save(to: "\(folder)/none/a") }
      let start = "\(folder)/none/a: cannot be written: there is no folder \(folder)/none."
      #expect(error?.description.hasPrefix(start) == true)
    }
  }

  /// A file may hold any number of names, of any length; an error stays a line that can be read.
  @Test func manyNamesAreCounted() throws {
    let arrived = (0..<1000).map { ("\($0)" + String(repeating: "n", count: 1000), [1] as Shape) }
    let error = try #require(TensorMismatchError(from: "a", to: "the model", expected: [], arrived: arrived))
    #expect(error.unused.count == 1000)
    #expect(error.description.hasPrefix("a does not fit the model: unused (1000): 0nnn"))
    #expect(error.description.contains("n, and 996 others; nothing was loaded.") && error.description.count < 1_000)
    #expect(error.items.count == 1000 && error.items[999].hasPrefix("unused: 999nnn"))
  }
}

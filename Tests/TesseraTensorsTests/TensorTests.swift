import TesseraTensors
import Testing

@Suite struct TensorTests {
  @Test func holdsItsElementsInRowMajorOrder() {
    let tensor = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(tensor.count == 6)
    #expect((0..<2).map { row in (0..<3).map { tensor[row, $0] } } == [[1, 2, 3], [4, 5, 6]])
    #expect(tensor.scalars == [1, 2, 3, 4, 5, 6])
    #expect(Tensor(2.5).item == 2.5)
    #expect(Tensor(2.5).shape == [])
    #expect(Tensor([7]).item == 7)
    #expect(Tensor.zeros([2, 2]).scalars == [0, 0, 0, 0])
    #expect(Tensor(repeating: 3, shape: [3]).scalars == [3, 3, 3])
    #expect(Tensor([], shape: [0, 4]).scalars == [])
  }

  @Test func aCopyKeepsItsValueWhenTheOriginalIsWrittenTo() {
    var original = Tensor([1, 2, 3, 4], shape: [2, 2])
    let copy = original
    let reshaped = original.reshaped(to: [4])
    #expect(address(of: copy) == address(of: original))
    #expect(address(of: reshaped) == address(of: original))
    original[0, 1] = 9
    #expect(original.scalars == [1, 9, 3, 4])
    #expect(copy.scalars == [1, 2, 3, 4])
    #expect(reshaped.scalars == [1, 2, 3, 4])
    #expect(address(of: copy) != address(of: original))
  }

  @Test func aSoleOwnerIsWrittenInPlace() {
    var tensor = Tensor([1, 2, 3])
    let before = address(of: tensor)
    tensor[2] = 5
    tensor.withUnsafeMutableBufferPointer { $0[0] = 4 }
    #expect(tensor.scalars == [4, 2, 5])
    #expect(address(of: tensor) == before)
  }

  @Test func equalityComparesShapesAndNumbers() {
    #expect(Tensor([1, 2]) == Tensor([1, 2]))
    #expect(Tensor([1, 2]) != Tensor([1, 3]))
    #expect(Tensor([1, 2]) != Tensor([1, 2], shape: [2, 1]))
    #expect(Tensor([0]) == Tensor([-0.0]))
    #expect(Tensor([.nan]) != Tensor([.nan]))
  }

  @Test func reshapingKeepsTheOrderOfTheElements() {
    let tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4]).reshaped(to: [4, 6])
    #expect(tensor.shape == [4, 6])
    #expect(tensor[3, 5] == 23)
    #expect(tensor[1, 0] == 6)
  }

  static let descriptions: [(tensor: Tensor, text: String)] = [
    (Tensor(0.5), "Tensor []: 0.5"),
    (Tensor([1, 2, 3, 4], shape: [2, 2]), "Tensor [2, 2]: [[1.0, 2.0], [3.0, 4.0]]"),
    (Tensor((0..<6).map(Float.init)), "Tensor [6]: [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]"),
    (Tensor((0..<7).map(Float.init)), "Tensor [7]: [0.0, 1.0, 2.0, ..., 4.0, 5.0, 6.0]"),
    (
      Tensor((0..<16).map(Float.init), shape: [8, 2]),
      "Tensor [8, 2]: [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], ..., [10.0, 11.0], [12.0, 13.0], [14.0, 15.0]]"
    ),
    (Tensor([], shape: [0, 3]), "Tensor [0, 3]: []"),
    (Tensor([], shape: [2, 0]), "Tensor [2, 0]: [[], []]"),
  ]

  @Test(arguments: 0..<descriptions.count) func describesShapeAndElements(index: Int) {
    #expect("\(Self.descriptions[index].tensor)" == Self.descriptions[index].text)
  }

  @Test func elementsAreReplacedInPlaceUnlessTheyAreShared() {
    func double(_ tensor: inout Tensor) {
      tensor.replaceElements { old, new in for index in old.indices { new[index] = 2 * old[index] } }
    }
    var tensor = Tensor([1, 2, 3])
    let start = address(of: tensor)
    double(&tensor)
    #expect(address(of: tensor) == start)
    let copy = tensor
    double(&tensor)
    #expect(address(of: tensor) != start && address(of: copy) == start)
    #expect(tensor.scalars == [4, 8, 12] && copy.scalars == [2, 4, 6])
  }

  @Test func tasksShareATensorAndChangeTheirOwnCopies() async {
    let shared = Tensor((0..<10_000).map(Float.init))
    let sums = await withTaskGroup(of: (Int, Float).self) { group in
      for task in 0..<16 {
        group.addTask {
          var own = shared
          for _ in 0..<20 { own[task] += 1 }
          return (task, own[task] - shared[task] + own[9_999])
        }
      }
      return await group.reduce(into: [Int: Float]()) { $0[$1.0] = $1.1 }
    }
    #expect(sums.count == 16)
    #expect(sums.values.allSatisfy { $0 == 20 + 9_999 })
    #expect(shared.scalars == (0..<10_000).map(Float.init))
  }
}

func address(of tensor: Tensor) -> UInt {
  tensor.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
}

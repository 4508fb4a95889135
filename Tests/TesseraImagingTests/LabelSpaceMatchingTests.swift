import TesseraImaging
import Testing

/// Whether the indices of two label spaces mean the same.
@Suite struct LabelSpaceMatchingTests {
  private func match(_ own: [String], _ other: [String], void: Int? = nil) -> LabelSpace.Match {
    LabelSpace(names: own, void: void).match(
      with: LabelSpace(names: other, void: void), own: "the data", others: "the checkpoint")
  }

  @Test func theSameNamesAreTheSameClasses() {
    #expect(match(["a", "cat"], ["a", "cat"]) == .same)
    #expect(match(["A", "Cat"], ["a", "cat"]) == .same)
  }

  @Test func numbersFitEveryName() {
    #expect(match(["class 0", "class 1"], ["sky", "cat"]) == .same)
    #expect(match(["sky", "cat"], ["class 0", "class 1"]) == .same)
    // A number at another place is a name like any other.
    #expect(match(["class 1", "class 0"], ["class 0", "class 1"]) == .same)
    #expect(match(["class 2", "b"], ["a", "b"]) != .same)
  }

  @Test func anotherOrderIsMapped() {
    #expect(match(["a", "dog", "cat"], ["a", "cat", "dog"]) == .reordered([0, 2, 1]))
    #expect(match(["b", "c", "a"], ["a", "b", "c"]) == .reordered([1, 2, 0]))
  }

  @Test func otherNamesAreListed() {
    #expect(
      match(["a", "dog", "cow"], ["a", "cat", "dog"])
        == .different([
          "class 1 is \"dog\" in the data and \"cat\" in the checkpoint",
          "class 2 is \"cow\" in the data and \"dog\" in the checkpoint",
        ]))
    #expect(match(["a"], ["a", "b"]) == .different(["the data has 1 classes, the checkpoint 2"]))
    // Two classes of one name cannot be mapped.
    #expect(match(["a", "b", "b"], ["b", "a", "b"]) != .reordered([1, 0, 0]))
  }

  @Test func whatIsVoidInBothMayHaveAnyName() {
    #expect(match(["other", "b"], ["background", "b"], void: 0) == .same)
    #expect(match(["other", "b"], ["background", "b"], void: 255) != .same)
  }

  @Test func outputsAreFoundByNamesInASpaceWithMore() {
    let wide = LabelSpace(names: ["other", "Sky", "tree", "Cat", "dog"], void: 0)
    func outputs(_ names: [String], void: Int?, in other: LabelSpace = wide) -> [Int?] {
      LabelSpace(names: names, void: void).outputs(in: other).places
    }
    #expect(outputs(["cat", "sky"], void: 255) == [3, 1])
    #expect(outputs(["cat", "sky"], void: 255, in: wide.withoutVoidOutput) == [2, 0])
    // Void is void, whatever it is called, and nothing where the other has no output for it.
    #expect(outputs(["cat", "nothing", "sky"], void: 1) == [3, 0, 1])
    #expect(outputs(["cat", "nothing", "sky"], void: 1, in: wide.withoutVoidOutput) == [2, nil, 0])
    #expect(LabelSpace(names: ["v", "cat"], void: 0).withoutVoidOutput.outputs(in: wide).places == [3])
    // Classes that it lacks, or that are void to it.
    let lacking = LabelSpace(names: ["cat", "cow", "other"], void: 255).outputs(in: wide)
    #expect(lacking.places == [3, nil, nil] && lacking.missing == ["cow", "other"])
    // The same number of classes: numbers fit every name.
    let numbers = LabelSpace(names: (0..<5).map { "class \($0)" }, void: nil)
    #expect(numbers.outputs(in: LabelSpace(names: ["a", "b", "c", "d", "e"], void: 255)).places == [0, 1, 2, 3, 4])
  }
}

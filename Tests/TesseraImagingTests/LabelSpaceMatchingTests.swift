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
}

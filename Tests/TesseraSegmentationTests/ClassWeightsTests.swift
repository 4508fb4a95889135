import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct ClassWeightsTests {
  @Test func areATensorOfOneWeightAClass() throws {
    #expect(try space(3).classWeights([1, 0.5, 0]) == Tensor([1, 0.5, 0]))
    #expect(try space(3, void: 255).classWeights([0, 0, 2]) == Tensor([0, 0, 2]))
  }

  @Test func anotherNumberOfThemIsRefused() {
    for (void, sentence) in [
      (255, "class weights: 3 are needed, one for each class in the order of their indices; got 2"),
      (
        0,
        "class weights: 3 are needed, one for each class in the order of their indices (void, index 0, among them); "
          + "got 2"
      ),
    ] {
      let error = #expect(throws: ClassWeightsError.self) { _ = try space(3, void: void).classWeights([1, 2]) }
      #expect(error?.description == sentence)
    }
  }

  @Test func weightsThatWeightNothingAreRefused() {
    let error = #expect(throws: ClassWeightsError.self) {
      _ = try space(4).classWeights([-1, .nan, 1, 1e39])
    }
    #expect(
      error?.description == "class weights must be finite and not negative; got -1.0 of class 0, class 0; "
        + "nan of class 1, class 1; 1e+39 of class 3, class 3")
    for (void, weights) in [(255, [0.0, 0, 0]), (1, [0, 5, 0])] {
      let error = #expect(throws: ClassWeightsError.self) { _ = try space(3, void: void).classWeights(weights) }
      #expect(error == .allZero)
    }
  }
}

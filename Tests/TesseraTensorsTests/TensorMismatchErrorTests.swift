import Foundation
import TesseraTensors
import Testing

@Suite struct TensorMismatchErrorTests {
  @Test func thereIsNoErrorWhereNamesAndShapesFitInAnyOrder() {
    let error = TensorMismatchError(
      from: "a file", to: "the model", expected: [("a", [1]), ("b", [2])], arrived: [("b", [2]), ("a", [1])])
    #expect(error == nil)
  }

  @Test func listsAllThatDiffersInOneLine() {
    let error = TensorMismatchError(
      from: "a file", to: "the model", expected: [("a", [1]), ("b", [2]), ("c", [])],
      arrived: [("d", [1]), ("b", [3]), ("e", [2])])
    #expect(error?.missing == ["a", "c"])
    #expect(error?.unused == ["d", "e"])
    #expect(error?.misshapen.map(\.arrived) == [[3]])
    #expect(
      error?.localizedDescription
        == "a file does not fit the model: missing (2): a, c; unused (2): d, e; misshapen (1): b is [3], expected [2]; "
        + "nothing was loaded. Load it with the configuration that it was saved with.")
  }
}

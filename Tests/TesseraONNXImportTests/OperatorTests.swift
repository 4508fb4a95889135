import Testing

@testable import TesseraONNXImport

@Suite struct OperatorTests {
  /// What is refused of operations that are known: nothing that exported segmentation networks have.
  private static let refusals = [
    "it takes [batch, channels, height, width]", "pooling with dilation is not known", "its indices are not computed",
    "its mask is not computed", "as in training; export the network for inference", "keeping proportions is not known",
    "positions by tf_crop_and_resize are not known", "smoothing while it shrinks is not known",
  ]

  @Test func computesAsThePackageOnnxOrSaysWhatItDoesNotKnow() throws {
    var (passed, refused) = (0, 0)
    for test in try OperatorCase.all() {
      do {
        let fault = try test.fault()
        #expect(fault == nil, "\(test.name)")
        passed += 1
      } catch {
        #expect(Self.refusals.contains { error.description.contains($0) }, "\(test.name): \(error)")
        refused += 1
      }
    }
    #expect(passed == 620 && refused == 45)
  }
}

import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraPictures
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct PredictionPicturesTests {
  private func batch(_ names: [String], in labels: LabelSpace) -> Batch {
    let masks = names.map { _ in
      Mask(width: 16, height: 16, indices: .init(repeating: 1, count: 256), labelSpace: labels)
    }
    return Batch(
      images: Tensor(repeating: 200, shape: [names.count, 16, 16, 3]), masks: MaskBatch(masks), names: names)
  }

  @Test func theFirstSamplesOfAnEpochBecomePicturesThatDecode() async throws {
    try await withTemporaryFolder { folder in
      let labels = LabelSpace(names: ["a", "b", "c"], void: 255)
      let pictures = try PredictionPictures(in: folder + "/new/predictions", limit: 3)
      let truth = [Int32](repeating: 1, count: 256)
      let wrong = [Int32](repeating: 2, count: 256)
      for epoch in 1...2 {
        try pictures.validated(batch(["x", "y"], in: labels), predictions: truth + wrong, index: 0, epoch: epoch)
        try pictures.validated(batch(["z", "w"], in: labels), predictions: truth + wrong, index: 1, epoch: epoch)
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/new/predictions").sorted()
      #expect(
        files == ["001-x", "001-y", "001-z", "002-x", "002-y", "002-z"].map { "epoch-\($0).png" })
      #expect(pictures.written == files.suffix(3).map { "\(folder)/new/predictions/\($0)" })
      for (name, prediction) in zip(["x", "y"], [truth, wrong]) {
        func mask(_ indices: [Int32]) -> Mask {
          Mask(width: 16, height: 16, indices: indices.map { UInt16($0) }, labelSpace: labels)
        }
        let expected = PredictionPicture(
          of: Image(width: 16, height: 16, color: Color(200, 200, 200)), truth: mask(truth),
          prediction: mask(prediction), title: "\(name), epoch 2")
        #expect(try Image(contentsOf: "\(folder)/new/predictions/epoch-002-\(name).png") == expected.image)
      }
    }
  }

  @Test func eachSampleHasAFileWhateverItsName() async throws {
    try await withTemporaryFolder { folder in
      let labels = LabelSpace(names: ["a", "b"], void: nil)
      let pictures = try PredictionPictures(in: folder)
      // Letters of four bytes, and names that differ at their end or in signs only.
      let long = String(repeating: "\u{20000}", count: 100)
      let names = [long + "1", long + "2", "a b", "a-b"]
      let prediction = [Int32](repeating: 0, count: 4 * 256)
      try pictures.validated(batch(names, in: labels), predictions: prediction, index: 0, epoch: 1)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(files).count == 4 && files.allSatisfy { $0.utf8.count <= 255 })
      #expect(files.contains("epoch-001-a-b.png"))
      #expect(pictures.written.map { URL(filePath: $0).lastPathComponent }.sorted() == files.sorted())
    }
  }

  @Test func namesThatAreNoFileNamesStayInTheFolder() async throws {
    try await withTemporaryFolder { folder in
      let labels = LabelSpace(names: ["a", "b"], void: nil)
      let pictures = try PredictionPictures(in: folder)
      let prediction = [Int32](repeating: 0, count: 256)
      try pictures.validated(batch(["../a b/c"], in: labels), predictions: prediction, index: 0, epoch: 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["epoch-001-..-a-b-c.png"])
    }
  }
}

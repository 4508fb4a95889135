import Foundation
import TesseraImaging
import TesseraReports
import TesseraSegmentation
import TestSupport
import Testing

/// The page of a review.
@Suite struct ReviewPageTests {
  private let labels = LabelSpace(names: ["sky <1>", "road"], void: 255)

  private func entry(columns: Range<Int> = 20..<30, rows: Range<Int> = 40..<44) throws -> ReviewPage.Entry {
    let (width, height) = (300, 200)
    func mask(_ indices: [UInt16]) -> Mask { Mask(width: width, height: height, indices: indices, labelSpace: labels) }
    let predicted = (0..<width * height).map {
      UInt16(columns.contains($0 % width) && rows.contains($0 / width) ? 1 : 0)
    }
    let confidence = MaskConfidence(
      mask: mask([UInt16](repeating: 0, count: width * height)), probabilities: predicted.map { $0 == 1 ? 0.1 : 0.9 },
      prediction: mask(predicted), predictedProbabilities: predicted.map { _ in 0.9 })
    var review = MaskReview(labels, top: 1)
    review.add(confidence, picture: 0)
    let finding = try #require(review.findings.first)
    let view = try RegionView(
      of: finding.region, in: DoubtedRegions(confidence),
      image: Image(width: width, height: height, color: Color(1, 2, 3)),
      mask: confidence.mask)
    return ReviewPage.Entry(picture: "a & b", split: "training", finding: finding, view: view)
  }

  @Test func regionsAreDrawnAndNamed() throws {
    let html = ReviewPage(of: "run <x>", facts: [("Data", "street")], labelSpace: labels, entries: [try entry()]).html
    let page = try Elements(html)
    for text in [
      "Review of masks", "run <x>", "1. a & b (training)", "sky <1>", "in the mask,", "road", "for the network (90 %)",
      "40 pixels at x 20–29, y 40–43",
    ] { #expect(page.text.contains(text), "\(text)") }
    // 120 x 120 pixels around the region, whose box begins at (20, 40): shown from (0, 0).
    #expect(page["svg"].map { $0["viewBox"] } == ["0 0 120 120", "0 0 120 120"])
    #expect(page["path"].allSatisfy { $0["d"] == "M20 40H30M20 44H30M20 40V44M30 40V44" })
    #expect(page["img"].count == 2 && page["a"].contains { $0["href"] == "#region-1" })
    #expect(!html.contains("http://www.w3.org/1999") && !html.contains("https://"))
  }

  @Test func narrowRegionsAreNotStretched() throws {
    let narrow = try entry(columns: 0..<4, rows: 10..<190)
    let page = try Elements(ReviewPage(of: "run", facts: [], labelSpace: labels, entries: [narrow]).html)
    // The picture is 200 pixels high, and as wide as the region is high are 180 of its columns.
    #expect(page["svg"].first?["viewBox"] == "0 0 180 200")
    let outlined = page["div"].filter { $0["class"] == "outlined" }
    #expect(outlined.count == 2 && outlined.allSatisfy { $0["style"] == "max-width:288px" })
  }

  @Test func nothingFoundIsSaid() throws {
    let page = try Elements(ReviewPage(of: "run", facts: [], labelSpace: labels, entries: []).html)
    #expect(page.text.contains("The network contradicts no mask.") && page["section"].isEmpty)
  }
}

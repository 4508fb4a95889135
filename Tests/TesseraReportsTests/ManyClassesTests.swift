import Foundation
import TesseraReports
import TestSupport
import Testing

/// 151 classes must neither flood a page nor make it large.
@Suite struct ManyClassesTests {
  private static let count = 151

  /// Class k is predicted as k + 1 in k of its 200 pixels.
  private func line(_ epoch: Int, absent: Set<Int> = []) -> String {
    let present = (1..<Self.count).filter { !absent.contains($0) }
    let classes = (1..<Self.count).map { index in
      present.contains(index)
        ? #"{"index":\#(index),"name":"class \#(index)","pixels":200,"predicted":200,"right":\#(200 - index)}"#
        : #"{"index":\#(index),"name":"class \#(index)","pixels":0,"predicted":0,"right":0}"#
    }
    let confusions = present.reversed().map { "[\($0),\($0 % 150 + 1),\($0)]" }
    return #"{"event":"validation","epoch":\#(epoch),"classes":[\#(classes.joined(separator: ","))],"#
      + #""confusions":[\#(confusions.joined(separator: ","))],"otherConfusions":0}"# + "\n"
  }

  private func page(_ folder: String, epochs: Int, absent: Set<Int> = []) throws -> String {
    let metrics = (1...epochs).map { epoch in
      (1...20).map {
        #"{"event":"step","epoch":\#(epoch),"step":\#(20 * (epoch - 1) + $0),"loss":\#(4.0 / Double(epoch + $0))}"#
          + "\n"
      }
      .joined() + #"{"event":"epoch","epoch":\#(epoch),"loss":1,"meanIoU":0.5,"seconds":3}"# + "\n"
    }
    try writeRun(folder, configuration: "{\"epochs\":\(epochs)}", metrics: metrics.joined())
    let lines = (1...epochs).map { line($0, absent: absent) }.joined()
    try Data(lines.utf8).write(to: URL(filePath: folder + "/validation.jsonl"))
    return try RunPage(of: RunRecord(contentsOf: folder)).html
  }

  @Test func theMatrixShowsTheClassesWithTheMostErrors() throws {
    try withTemporaryFolder { folder in
      let text = try page(folder + "/run", epochs: 2)
      let page = try Elements(text)
      let shown = page["th"].compactMap { $0["scope"] == "col" ? $0["title"] : nil }
      // Of class k, k pixels are wrong, and as many are predicted where they are not.
      #expect(shown == (131...150).map { "class \($0)" })
      #expect(page.text.contains("Shown are the 20 classes with the most wrong pixels, of 150 that occur."))
      #expect(page.text.contains("class 150 class 1 75.0 % 1.3 % 150"))
      #expect(page["td"].contains { $0["title"] == "class 140 as class 141: 70.0\u{A0}%, 140 pixels" })
      // The row of class 150 has its confusion in a class that is not shown.
      #expect(page["td"].contains { $0["title"] == "class 150 as another class: 75.0\u{A0}%, 150 pixels" })
    }
  }

  @Test func absentClassesAreNamedAndNotListed() throws {
    try withTemporaryFolder { folder in
      let page = try Elements(try page(folder + "/run", epochs: 1, absent: Set(3..<Self.count)))
      #expect(page.text.contains("148 classes occur nowhere and count as 0 in the mean IoU"))
      #expect(page.text.contains("class 1 0.9900 – –"))
      #expect(!page.text.contains("Shown are"))
    }
  }

  @Test func aHundredEpochsStaySmall() throws {
    try withTemporaryFolder { folder in
      let bytes = try page(folder + "/run", epochs: 100).utf8.count
      #expect(bytes < 600_000)
    }
  }
}

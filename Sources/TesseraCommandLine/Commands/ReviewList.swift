import Foundation
import Tessera
import TesseraReports
import TesseraTerminal

/// What a review found, as a page, as tables and as JSON.
struct ReviewList {
  private let findings: [MaskReview.Finding]
  private let entries: [ReviewPage.Entry]
  private let reviewed: ReviewedPictures

  /// Looks at all pictures, one after another, and again at those with findings to draw them.
  ///
  /// - Throws: what is wrong with the pictures.
  init(_ reviewed: ReviewedPictures, top: Int) throws {
    self.reviewed = reviewed
    var review = MaskReview(reviewed.labelSpace, top: top)
    let progress = CountingLine("reviewed", of: reviewed.pictures.count)
    for number in reviewed.pictures.indices {
      review.add(try reviewed.confidence(in: number).confidence, picture: number)
      progress.show(number + 1)
    }
    let findings = review.findings
    var views: [Int: RegionView] = [:]
    for picture in DoubtedPicture.ranked(findings) {
      let (image, confidence) = try reviewed.confidence(in: picture.picture)
      let regions = DoubtedRegions(confidence)
      for place in picture.places {
        views[place] = try RegionView(of: findings[place].region, in: regions, image: image, mask: confidence.mask)
      }
    }
    entries = findings.enumerated().compactMap { place, finding in
      let picture = reviewed.pictures[finding.picture]
      return views[place].map {
        ReviewPage.Entry(picture: picture.files.name, split: picture.split.rawValue, finding: finding, view: $0)
      }
    }
    self.findings = findings
  }

  var page: ReviewPage {
    func joined(_ values: [String]) -> String {
      values.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
    }
    return ReviewPage(
      of: joined(reviewed.runs.map(\.name)),
      facts: [
        ("Data", joined(reviewed.runs.map(\.data))),
        (reviewed.runs.count == 1 ? "Network" : "Networks", joined(reviewed.runs.map(\.checkpoint))),
        ("Pictures", reviewed.summary), ("Regions shown", "\(entries.count)"),
      ], labelSpace: reviewed.labelSpace, entries: entries)
  }

  /// A table of all findings, separated by commas, with a heading.
  var regions: String {
    let heading = [
      "rank", "split", "picture", "image", "mask", "x", "y", "width", "height", "mask class", "network class", "pixels",
      "mask probability", "network probability", "score",
    ]
    return commaSeparated(
      [heading]
        + rows.map { row in
          [
            "\(row.rank)", row.split, row.picture, row.image, row.mask, "\(row.x)", "\(row.y)", "\(row.width)",
            "\(row.height)", row.maskClass, row.modelClass, "\(row.pixels)", Self.text(row.maskProbability),
            Self.text(row.modelProbability), Self.text(row.score),
          ]
        })
  }

  /// A table of the pictures with findings.
  var pictures: String {
    commaSeparated(
      [["rank", "split", "picture", "image", "mask", "regions", "score"]]
        + DoubtedPicture.ranked(findings).enumerated().map { place, picture in
          let (doubted, files) = (reviewed.pictures[picture.picture], reviewed.pictures[picture.picture].files)
          return [
            "\(place + 1)", doubted.split.rawValue, files.name, files.image, files.mask, "\(picture.places.count)",
            Self.text(picture.score),
          ]
        })
  }

  /// The first findings, for people.
  var table: String {
    if findings.isEmpty { return "\(reviewed.summary): no mask is contradicted" }
    let shown = rows.prefix(10)
    let lines = shown.map { row in
      Terminal.standardOutput.shown(
        "  \(row.rank). \(row.picture) (\(row.split)): \(row.maskClass) in the mask, \(row.modelClass) for the network; "
          + "\(counted(row.pixels, "pixel")) at x \(row.x), y \(row.y); score \(String(format: "%.2f", row.score))")
    }
    let more = rows.count > shown.count ? ["  and \(rows.count - shown.count) more"] : []
    return (["\(reviewed.summary); the likeliest mistakes of masks first:"] + lines + more).joined(separator: "\n")
  }

  /// One JSON object.
  var json: String {
    get throws {
      struct Run: Encodable { let run, data, checkpoint: String }
      struct Report: Encodable {
        let runs: [Run]
        let pictures: Int
        let regions: [Row]
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let report = Report(
        runs: reviewed.runs.map { Run(run: $0.name, data: $0.data, checkpoint: $0.checkpoint) },
        pictures: reviewed.pictures.count, regions: rows)
      return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
  }

  private struct Row: Encodable {
    let rank: Int
    let split, picture, image, mask: String
    let x, y, width, height, pixels: Int
    let maskClass, modelClass: String
    let maskClassIndex, modelClassIndex: Int
    let maskProbability, modelProbability, score: Double
  }

  private var rows: [Row] {
    findings.enumerated().map { place, finding in
      let (region, picture) = (finding.region, reviewed.pictures[finding.picture])
      return Row(
        rank: place + 1, split: picture.split.rawValue, picture: picture.files.name, image: picture.files.image,
        mask: picture.files.mask,
        x: region.columns.lowerBound, y: region.rows.lowerBound, width: region.columns.count, height: region.rows.count,
        pixels: region.pixels, maskClass: reviewed.labelSpace.name(of: region.maskClass),
        modelClass: reviewed.labelSpace.name(of: region.modelClass), maskClassIndex: region.maskClass,
        modelClassIndex: region.modelClass, maskProbability: region.maskProbability,
        modelProbability: region.modelProbability, score: finding.score)
    }
  }

  private static func text(_ number: Double) -> String { String(format: "%.4f", number) }
}

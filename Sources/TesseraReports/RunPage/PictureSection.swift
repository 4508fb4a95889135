import Foundation
import TesseraCharts

/// The best and the worst validation pictures, with a slider between truth and prediction.
struct PictureSection {
  private let run: RunRecord
  private let pictures: ReportPictures

  /// - Returns: `nil` before the first validation.
  init?(_ run: RunRecord) {
    guard let pictures = run.pictures, !pictures.best.isEmpty else { return nil }
    self.run = run
    self.pictures = pictures
  }

  func add(to page: inout MarkupWriter) {
    page.add(
      "p", ["class": "soft"],
      text: "Validation pictures of epoch \(pictures.epoch) with the highest and the lowest mean IoU over the classes "
        + "that are true or predicted in the picture; void pixels do not count.")
    page.add("div", ["class": "strength"]) { page in
      page.add("label", ["for": "strength"], text: "Strength of the masks")
      page.add("input", ["id": "strength", "type": "range", "min": "0", "max": "100", "value": "70"])
      page.add("button", ["type": "button", "class": "link"], text: "Show single pictures and errors")
    }
    page.add("div", ["class": "ranking", "data-classes": namesByColor]) { page in
      add("Best", pictures.best, to: &page)
      if !pictures.worst.isEmpty { add("Worst", pictures.worst, to: &page) }
    }
  }

  /// JSON: what the masks' colors mean, so the page's script can tell what is under the pointer.
  private var namesByColor: String {
    guard let space = run.options.labelSpace else { return "" }
    let occurring = Set((pictures.best + pictures.worst).flatMap(\.classes)).union([space.void].compactMap(\.self))
    let names = Dictionary(grouping: occurring.sorted()) { index in
      let color = space.color(of: index)
      return "\(color.red),\(color.green),\(color.blue)"
    }.mapValues { $0.map { space.name(of: $0).onPage }.joined(separator: " or ") }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(names)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private func add(_ title: String, _ list: [ReportPictures.Picture], to page: inout MarkupWriter) {
    page.add("h3", text: title)
    page.add("div", ["class": "pictures"]) { page in
      for picture in list { add(picture, to: &page) }
    }
  }

  private func add(_ picture: ReportPictures.Picture, to page: inout MarkupWriter) {
    let sources = Sources(picture)
    page.add("figure", ["class": "picture"]) { page in
      page.add("div", ["class": "compare"]) { page in
        func image(_ source: String, _ style: String, _ alternative: String) {
          page.add(
            "img",
            [
              "class": style, "src": source, "width": "\(picture.width)", "height": "\(picture.height)",
              "alt": alternative,
            ])
        }
        image(sources.photograph, "photo", "Photograph \(picture.name)")
        image(sources.truth, "mask truth", "True mask of \(picture.name)")
        image(sources.prediction, "mask guess", "Predicted mask of \(picture.name)")
        page.add("span", ["class": "side l", "aria-hidden": "true"], text: "truth")
        page.add("span", ["class": "side r", "aria-hidden": "true"], text: "prediction")
        page.add("span", ["class": "edge", "aria-hidden": "true"])
        page.add(
          "input",
          [
            "type": "range", "min": "0", "max": "100", "value": "50",
            "aria-label": "\(picture.name): truth to the left of this place, prediction to its right",
          ])
      }
      addViews(of: picture, sources, to: &page)
      page.add("figcaption") { page in
        page.add("span", ["class": "name"], text: picture.name)
        page.add("br")
        page.add(
          text: "mean IoU \(Figures.fixed(picture.meanIoU, 3)) · accuracy \(Figures.percent(picture.pixelAccuracy))")
        addKeys(of: picture, to: &page)
        if run.options.labelSpace != nil { page.add("span", ["class": "here"]) }
      }
    }
  }

  /// Side by side: on paper, without scripts, and on request.
  private func addViews(of picture: ReportPictures.Picture, _ sources: Sources, to page: inout MarkupWriter) {
    page.add("div", ["class": "views"]) { page in
      for (source, style, name) in [
        (sources.photograph, "photo", "photograph"), (sources.truth, "", "truth"),
        (sources.errors, "", "errors: white"), (sources.prediction, "", "prediction"),
      ] {
        page.add("figure", ["class": style]) { page in
          page.add(
            "img",
            [
              "src": source, "width": "\(picture.width)", "height": "\(picture.height)",
              "alt": "\(picture.name), \(name)",
            ])
          page.add("figcaption", text: name)
        }
      }
    }
  }

  private func addKeys(of picture: ReportPictures.Picture, to page: inout MarkupWriter) {
    guard let space = run.options.labelSpace else { return }
    let most = 8
    page.add("ul", ["class": "keys"]) { page in
      for index in picture.classes.prefix(most) {
        page.add("li") { page in
          page.addSwatch(of: index, in: run)
          page.add(text: space.name(of: index).onPage)
        }
      }
      if picture.classes.count > most { page.add("li", text: "and \(picture.classes.count - most) more") }
    }
  }

  /// The files as data URLs.
  private struct Sources {
    let photograph: String
    let truth: String
    let prediction: String
    let errors: String

    init(_ picture: ReportPictures.Picture) {
      func address(_ type: String, _ data: Data) -> String {
        "data:image/\(type);base64,\(data.base64EncodedString())"
      }
      photograph = address("jpeg", picture.photograph)
      truth = address("png", picture.truth)
      prediction = address("png", picture.prediction)
      errors = address("png", picture.errors)
    }
  }
}

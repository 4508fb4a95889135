import TesseraCharts

/// The top of a run's page: what it is, its state, how good it is.
struct RunHeader {
  private let run: RunRecord
  private let standing: RunStanding

  init(_ run: RunRecord, _ standing: RunStanding) {
    self.run = run
    self.standing = standing
  }

  func add(to page: inout MarkupWriter) {
    page.add("h1", text: run.name)
    page.add("p", ["class": "sub"], text: subtitle)
    page.add("p", ["class": "status \(standing.state)"]) { page in
      page.add("span", ["class": "badge"]) { page in
        page.add("span", ["class": "mark", "aria-hidden": "true"], text: standing.mark)
        page.add("span", text: standing.badge)
      }
      page.add("span", text: standing.sentence)
      if standing.renewal != nil {
        page.add(
          "span", ["class": "soft renewal", "data-epoch": "\(Figures.whole(run.secondsPerEpoch ?? 60))"],
          text: "As of \(Figures.date(run.status?.updated ?? "")); renewed after each epoch.")
      }
    }
    if let planned = run.options.count("epochs"), planned > 0, run.epochs.count < planned {
      let share = 100 * Double(run.epochs.count) / Double(planned)
      page.add(
        "div",
        [
          "class": "progress", "role": "progressbar", "aria-label": "Epochs", "aria-valuemin": "0",
          "aria-valuemax": "\(planned)", "aria-valuenow": "\(run.epochs.count)",
        ]
      ) { $0.add("i", ["style": "width:\(share.coordinate)%"]) }
    }
    for notice in [standing.notice].compactMap(\.self) + run.notes { page.add("p", ["class": "notice"], text: notice) }
    let tiles = tiles
    if !tiles.isEmpty {
      page.add("dl", ["class": "tiles"]) { page in
        for tile in tiles { tile.add(to: &page) }
      }
    }
  }

  private var subtitle: String {
    let options = run.options
    func text(_ name: String, _ suffix: String) -> String? { options.count(name).map { Figures.grouped($0) + suffix } }
    return [
      options.model, text("parameterCount", " parameters"), options.values["data"],
      text("trainingSamples", " training pictures"), text("validationSamples", " validation pictures"),
      options.values["imageSize"].map { Figures.size($0) + " pixels" },
    ].compactMap(\.self).joined(separator: " · ")
  }

  /// A figure with what it must be compared with.
  struct Tile {
    let name: String
    let value: String
    var change: (text: String, direction: String)?
    let note: String

    func add(to page: inout MarkupWriter) {
      page.add("div") { page in
        page.add("dt", text: name)
        page.add("dd", ["class": "value"], text: value)
        page.add("dd") { page in
          if let change { page.add("span", ["class": change.direction], text: change.text) }
          page.add(text: note)
        }
      }
    }
  }

  private var tiles: [Tile] {
    var tiles: [Tile] = []
    if let tile = tile("Validation mean IoU", .meanIoU, Figures.score, digits: 4) { tiles.append(tile) }
    if let tile = tile("Validation accuracy", .validationAccuracy, { Figures.percent($0) }, digits: 1, scale: 100) {
      tiles.append(tile)
    }
    if let tile = tile("Validation loss", .validationLoss, { Figures.fixed($0, 4) }, digits: 4, lowIsGood: true) {
      tiles.append(tile)
    }
    if let seconds = run.seconds {
      let each = [
        run.secondsPerEpoch.map { "\(Figures.duration($0)) per epoch" },
        run.secondsPerStep.map { "\(Figures.seconds($0)) per step" },
      ]
      tiles.append(
        Tile(name: "Time", value: Figures.duration(seconds), note: each.compactMap(\.self).joined(separator: ", ")))
    }
    return tiles
  }

  private func tile(
    _ name: String, _ metric: RunMetric, _ text: (Double) -> String, digits: Int, scale: Double = 1,
    lowIsGood: Bool = false
  ) -> Tile? {
    let points = metric.points(in: run)
    guard let last = points.last else { return nil }
    let finite = points.filter(\.isFinite)
    let best = lowIsGood ? finite.min { $0.y < $1.y } : finite.max { $0.y < $1.y }
    var change: (text: String, direction: String)?
    if let before = points.dropLast().last, before.isFinite, last.isFinite {
      change = Figures.change(scale * (last.y - before.y), digits)
      // The difference of percentages is not a percentage.
      if scale == 100 { change?.text += " points" }
      // A rising loss is not good news.
      if lowIsGood, let found = change, found.direction != "same" {
        change?.direction = found.direction == "up" ? "down" : "up"
      }
    }
    let note = best.map { best in
      best.x == last.x ? "the best so far" : "best \(text(best.y)) in epoch \(Figures.whole(best.x))"
    }
    return Tile(
      name: name, value: text(last.y), change: change,
      note: (change == nil ? "" : "since epoch \(Figures.whole(points[points.count - 2].x)); ")
        + (note ?? "no finite value"))
  }
}

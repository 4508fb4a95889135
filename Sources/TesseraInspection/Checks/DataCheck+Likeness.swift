import TesseraDatasets

// Whether pictures are there twice.
extension DataCheck {
  static let leaks = DataCheck("leaks", "validation pictures that are training pictures too, exactly or nearly") {
    inspection in
    let all = inspection.samePictures.filter { $0.first.part.split != $0.second.part.split }
    let (listed, pairs) = (all.filter(\.isOneFile), all.filter { !$0.isOneFile })
    let twice =
      listed.isEmpty
      ? []
      : [
        DataFinding(
          .warning,
          DataInspection.counted(listed.count, "picture", "is", "are")
            + " in the training data and in the validation data: validation looks better than it is",
          at: listed.map { $0.second.part.place($0.second.index) },
          remedy: "take their names out of one of the two lists")
      ]
    if pairs.isEmpty { return twice }
    return twice + [
      inspection.finding(
        .warning,
        DataInspection.counted(
          pairs.count, "validation picture", "is a training picture too", "are training pictures too")
          + ", the same or nearly so: validation looks better than it is",
        at: pairs.map { $0.second.part.place($0.second.index, detail: $0.words) },
        leavingOut: pairs.map { $0.first.part.dataset.files[$0.first.index] },
        advice: "take the copies out of the training data", of: "leaks")
    ]
  }

  static let duplicates = DataCheck("duplicates", "pictures that are twice within training or within validation") {
    inspection in
    let pairs = inspection.samePictures.filter { $0.first.part.split == $0.second.part.split && !$0.isOneFile }
    if pairs.isEmpty { return [] }
    return [
      inspection.finding(
        .warning,
        DataInspection.counted(pairs.count, "picture", "is", "are")
          + " there before, the same or nearly so: what they show "
          + "counts twice",
        at: pairs.map { $0.second.part.place($0.second.index, detail: $0.words) },
        leavingOut: pairs.map { $0.second.part.dataset.files[$0.second.index] },
        advice: "keep one of each", of: "duplicates")
    ]
  }
}

extension DataInspection {
  fileprivate struct SamePictures {
    let first: (part: Part, index: Int)
    let second: (part: Part, index: Int)
    let isMirrored: Bool

    /// Whether two parts name the same file.
    var isOneFile: Bool {
      first.part.dataset.files[first.index].image == second.part.dataset.files[second.index].image
    }

    var words: String {
      let file = first.part.dataset.files[first.index].image
      return isMirrored ? "is the mirror image of \(file)" : "is the same as \(file)"
    }
  }

  fileprivate var samePictures: [SamePictures] {
    let places = parts.flatMap { part in part.pairs.indices.map { (part: part, index: $0) } }
    return LikenessSearch.pairs(parts.flatMap(\.pairs).map(\.likeness)).map {
      SamePictures(first: places[$0.first], second: places[$0.second], isMirrored: $0.isMirrored)
    }
  }
}

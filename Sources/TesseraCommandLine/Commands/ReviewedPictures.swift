import Tessera

/// All pictures of some runs, each with the network that judges its mask: one that did not train on it, if possible.
struct ReviewedPictures {
  /// A picture and where it is found.
  struct Picture {
    let files: FolderDataset.Files
    /// The split that the picture belongs to in the run whose network judges it.
    let split: DatasetSplit
    fileprivate let run, part, place: Int
  }

  let runs: [ReviewedRun]
  /// Those of the first run come first, its training pictures before the others.
  let pictures: [Picture]

  /// - Throws: `ReviewError.otherClasses`.
  init(_ runs: [ReviewedRun]) throws(ReviewError) {
    for run in runs where run.labelSpace != runs[0].labelSpace {
      throw .otherClasses(runs[0].name, run.name)
    }
    self.runs = runs
    var (pictures, places) = ([Picture](), [String: Int]())
    for (number, run) in runs.enumerated() {
      for (part, (split, data)) in run.parts.enumerated() {
        for (place, files) in data.dataset.files.enumerated() {
          let picture = Picture(files: files, split: split, run: number, part: part, place: place)
          if let known = places[files.mask] {
            if pictures[known].split == .training && split == .validation { pictures[known] = picture }
          } else {
            places[files.mask] = pictures.count
            pictures.append(picture)
          }
        }
      }
    }
    self.pictures = pictures
  }

  var labelSpace: LabelSpace { runs[0].labelSpace }

  /// What makes the findings less reliable, each once.
  var warnings: [String] {
    runs.flatMap(\.parts).flatMap(\.data.warnings).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// How many pictures there are, and for how many of them the network may know the mask by heart.
  var summary: String {
    let known = pictures.count { $0.split == .training }
    let all = counted(pictures.count, "picture")
    return known == 0
      ? "\(all), each judged by a network that did not train on it"
      : "\(all), \(grouped(known)) of them judged by a network that trained on them"
  }

  /// A picture, its mask in the classes of the network, and what the network says about them.
  ///
  /// - Throws: what is wrong with the files.
  func confidence(in number: Int) throws -> (image: Image, confidence: MaskConfidence) {
    let picture = pictures[number]
    let (run, data) = (runs[picture.run], runs[picture.run].parts[picture.part].data)
    let sample = try data.dataset.sample(at: picture.place)
    return (sample.image, run.predictor.confidence(in: data.truth(of: sample.mask), for: sample.image))
  }
}

import TesseraImaging

/// What a data set's masks hold: their sizes, and how much of each class there is.
public struct DatasetSurvey: Sendable {
  /// The number of pixels with each index that occurs, in all masks.
  public private(set) var pixels: [Int: Int] = [:]

  /// The number of masks that hold each index that occurs.
  public private(set) var masks: [Int: Int] = [:]

  /// The number of masks of each size that occurs.
  public private(set) var sizes: [ImageSize: Int] = [:]

  /// The number of masks that hold only a single index.
  public private(set) var uniformMasks = 0

  /// The number of masks.
  public var count: Int { sizes.values.reduce(0, +) }

  /// Reads all masks of a folder's data set, on the context's threads, and checks that its images are complete and have
  /// the sizes of their masks.
  ///
  /// - Parameters:
  ///   - dataset: the data set whose files are read.
  ///   - progress: receives the number of pairs read.
  /// - Throws: `DatasetError.unusableFiles` with every file that cannot be used.
  public init(of dataset: FolderDataset, progress: (Int) -> Void = { _ in }) throws {
    try self.init(of: dataset, by: DataSurveyor(), progress: progress)
  }

  /// Like `init(of:progress:)`, using what `surveyor` has already read.
  package init(
    of dataset: FolderDataset, by surveyor: DataSurveyor, progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) {
    let surveys = try Self.surveys(of: [dataset], by: surveyor, progress: progress)
    self = surveys[0]
  }

  /// The surveys of several data sets; everything that is wrong in any of them is one error.
  ///
  /// - Throws: `DatasetError.unusableFiles`.
  package static func surveys(
    of datasets: [FolderDataset], by surveyor: DataSurveyor, progress: (Int) -> Void = { _ in }
  ) throws(DatasetError) -> [DatasetSurvey] {
    var surveys: [DatasetSurvey] = []
    var complaints: [String] = []
    var done = 0
    for dataset in datasets {
      var survey = DatasetSurvey()
      // In groups, so that progress can be reported.
      for first in stride(from: 0, to: dataset.count, by: stretch) {
        let files = dataset.files[first..<min(first + stretch, dataset.count)]
        let results = DataSurveyor.inParallel(files.count) { place in
          surveyor.survey(files[first + place], labelSpace: dataset.labelSpace)
        }
        for (mask, found) in results {
          complaints += found
          if let mask { survey.add(size: mask.size, pixels: mask.pixels) }
        }
        done += files.count
        progress(done)
      }
      surveys.append(survey)
    }
    if !complaints.isEmpty { throw .unusableFiles(complaints) }
    return surveys
  }

  /// Reads all samples of a data set at their own sizes, on the context's threads.
  ///
  /// - Parameters:
  ///   - dataset: the data set whose samples are read.
  ///   - progress: receives the number of samples read.
  /// - Throws: the first error of a sample in the data set's order.
  public init(of dataset: any SegmentationDataset, progress: (Int) -> Void = { _ in }) throws {
    for first in stride(from: 0, to: dataset.count, by: Self.stretch) {
      let end = min(first + Self.stretch, dataset.count)
      let results = DataSurveyor.inParallel(end - first) { place in
        Result {
          let mask = try dataset.sample(at: first + place).mask
          return (ImageSize(width: mask.width, height: mask.height), mask.histogram)
        }
      }
      for result in results {
        let (size, histogram) = try result.get()
        add(size: size, pixels: histogram)
      }
      progress(end)
    }
  }

  private init() {}

  private mutating func add(size: ImageSize, pixels histogram: [Int: Int]) {
    sizes[size, default: 0] += 1
    if histogram.count == 1 { uniformMasks += 1 }
    for (index, number) in histogram {
      pixels[index, default: 0] += number
      masks[index, default: 0] += 1
    }
  }

  /// The share of each index that occurs among all pixels, void included.
  public var shares: [Int: Double] {
    let all = pixels.values.reduce(0, +)
    return pixels.mapValues { Double($0) / Double(all) }
  }

  /// Bounds the number of samples in memory.
  private static let stretch = 64
}

extension DataSurveyor {
  /// The size of a pair's mask and the pixels of each of its classes, and what is wrong with either file, one sentence
  /// each.
  func survey(
    _ files: FolderDataset.Files, labelSpace: LabelSpace
  ) -> (mask: (size: ImageSize, pixels: [Int: Int])?, complaints: [String]) {
    var complaints: [String] = []
    func attempt<Found>(_ read: () throws -> Found) -> Found? {
      do {
        return try read()
      } catch {
        complaints.append("\(error)")
        return nil
      }
    }
    let mask = attempt {
      let mask = try self.mask(of: files)
      let pixels = files.storage.relabeled(mask.pixels ?? [:], labelSpace: labelSpace)
      // Decoded again for the message, which says where the first such pixel is.
      if pixels == nil { _ = try files.storage.read(files.mask, labelSpace: labelSpace) }
      return (size: mask.size, pixels: pixels ?? [:])
    }
    let image = attempt { try self.image(files.image) }
    if let image, let mask, image.size != mask.size {
      let error = DatasetError.differentSizes(
        image: files.image, imageSize: image.size, mask: files.mask, maskSize: mask.size)
      complaints.append("\(error)")
    }
    return (mask, complaints)
  }
}

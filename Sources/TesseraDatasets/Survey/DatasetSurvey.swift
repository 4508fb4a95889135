import TesseraImaging

/// What a data set's masks hold: their sizes, and how much of each class there is.
public struct DatasetSurvey: Sendable {
  /// The number of pixels with each index that occurs, in all masks.
  public private(set) var pixels: [Int: Int] = [:]

  /// The number of masks that hold each index that occurs.
  public private(set) var masks: [Int: Int] = [:]

  /// The number of pixels of all masks that hold each index that occurs.
  public private(set) var pixelsOfHolders: [Int: Int] = [:]

  /// The number of masks of each size that occurs.
  public private(set) var sizes: [ImageSize: Int] = [:]

  /// The number of channels that a network sees of the pictures of a folder, which all have as many.
  public private(set) var channels = 3

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
    var complaints: [String] = []
    let surveys = surveys(of: datasets, by: surveyor, progress: progress) { complaints += $0.faults.map { "\($0)" } }
    if !complaints.isEmpty { throw .unusableFiles(complaints) }
    return surveys
  }

  /// What is wrong with the files of one pair.
  package struct FaultyPair {
    /// The data set's place among those surveyed, and the pair's in it.
    package let dataset, index: Int
    /// At least one.
    package let faults: [any Error]
  }

  /// The surveys of several data sets, of masks with faults too as far as these can be read.
  ///
  /// - Parameter report: receives each pair that cannot be used, in order.
  package static func surveys(
    of datasets: [FolderDataset], by surveyor: DataSurveyor, progress: (Int) -> Void, report: (FaultyPair) -> Void
  ) -> [DatasetSurvey] {
    var done = 0
    // What the first picture of all has.
    var usual: (channels: Int, image: String)?
    return datasets.enumerated().map { number, dataset in
      var survey = DatasetSurvey()
      // In groups, so that progress can be reported.
      for first in stride(from: 0, to: dataset.count, by: stretch) {
        let files = dataset.files[first..<min(first + stretch, dataset.count)]
        let results = DataSurveyor.inParallel(files.count) { place in
          surveyor.survey(files[first + place], labelSpace: dataset.labelSpace)
        }
        for (place, (mask, image, found)) in results.enumerated() {
          var faults = found
          if let image {
            let path = files[first + place].image
            usual = usual ?? (image.channels, path)
            if let usual, usual.channels != image.channels {
              faults.append(
                DatasetError.differentChannels(
                  image: path, channels: image.channels, other: usual.image, others: usual.channels))
            }
            survey.channels = usual?.channels ?? image.channels
          }
          if !faults.isEmpty { report(FaultyPair(dataset: number, index: first + place, faults: faults)) }
          if let mask { survey.add(size: mask.size, pixels: mask.pixels) }
        }
        done += files.count
        progress(done)
      }
      return survey
    }
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
      pixelsOfHolders[index, default: 0] += size.pixels
    }
  }

  /// The share of each index that occurs among all pixels, void included.
  public var shares: [Int: Double] {
    let all = pixels.values.reduce(0, +)
    return pixels.mapValues { Double($0) / Double(all) }
  }

  /// The indices that occur and count.
  package func countedClasses(of labelSpace: LabelSpace) -> [Int] {
    pixels.keys.filter { $0 != labelSpace.void }.sorted()
  }

  /// Bounds the number of samples in memory.
  private static let stretch = 64
}

extension DataSurveyor {
  /// The size of a pair's mask and the pixels of each of its classes, what its picture is, and what is wrong with
  /// either file.
  func survey(
    _ files: FolderDataset.Files, labelSpace: LabelSpace
  ) -> (mask: (size: ImageSize, pixels: [Int: Int])?, image: FileFindings?, faults: [any Error]) {
    var faults: [any Error] = []
    func attempt<Found>(_ read: () throws -> Found) -> Found? {
      do {
        return try read()
      } catch {
        faults.append(error)
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
      faults.append(
        DatasetError.differentSizes(
          image: files.image, imageSize: image.size, mask: files.mask, maskSize: mask.size))
    }
    return (mask, image, faults)
  }
}

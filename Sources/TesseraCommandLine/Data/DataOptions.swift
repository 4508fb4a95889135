import ArgumentParser
import Foundation
import Tessera

/// How a command reads the data set that it is given: the options of a run that are about that.
struct DataOptions: ParsableArguments {
  @OptionGroup(title: RunSection.reading.title) private var table: TableOptions<ReadingTable>

  init() {}

  func validate() throws { _ = try options() }

  /// The options that were given, with their words.
  var given: [(name: String, value: String)] {
    RunSection.reading.settings.flatMap { setting in
      (table.words[setting.optionName] ?? []).map { ("--\(setting.optionName)", $0) }
    }
  }

  /// As a run would have them.
  func options() throws -> TrainingOptions {
    do throws(RunOptionError) {
      return try TrainingOptions(table.words)
    } catch {
      throw ValidationError("\(error)")
    }
  }
}

extension DatasetFolder {
  /// Opens a data set as options say: its layout, the folders joined with it, its division and its classes.
  ///
  /// - Parameters:
  ///   - path: the data set's folder.
  ///   - options: only those about reading count.
  ///   - void: the mask value that is not a class, in the numbers of the masks.
  ///   - surveyor: reads masks if no list names the classes.
  ///   - unnamed: the classes to use if no list names them.
  /// - Throws: what is wrong with the data, a list, or a map.
  static func open(
    _ path: String, _ options: TrainingOptions, void: VoidChoice, surveyor: DataSurveyor, unnamed: LabelSpace? = nil
  ) throws -> DatasetFolder {
    func folder(_ path: String, unnamed: LabelSpace?) throws -> DatasetFolder {
      try DatasetFolder(at: path, layout: options.layout?.layout, void: void, surveyor: surveyor, unnamed: unnamed)
    }
    func folder(_ path: String) throws -> DatasetFolder {
      do {
        return try folder(path, unnamed: unnamed)
      } catch let error as DatasetError where options.classesMap != nil && error.isAboutValues {
        // The map says what each value means.
        return try folder(path, unnamed: LabelSpace(classes: [], void: nil))
      }
    }
    var data = try folder(path).joined(with: try options.addData.map { try folder($0) })
    let training = try options.trainingList.map { try SplitList(contentsOf: $0) }
    switch options.heldOut {
    case .share(let share):
      data.division = .share(share)
      if !data.isFlat {
        data.notes.append(
          "--held-out \(share) takes its pictures from the training data; the data's own validation is not used")
      }
    case .list(let path):
      data.division = .lists(training: training, validation: try SplitList(contentsOf: path))
      let moved = training == nil ? try data.ownValidationInTraining() : 0
      if moved > 0 {
        let pictures =
          moved == 1
          ? "1 of the data's own validation pictures is" : "\(moved) of the data's own validation pictures are"
        data.notes.append("--held-out \(path): \(pictures) not in the list, and trained on")
      }
    case nil: if training != nil { data.division = .lists(training: training, validation: nil) }
    }
    if let map = options.classesMap { data = try data.mapped(by: ClassMap(contentsOf: map)) }
    if let classes = options.onlyClasses {
      data = try data.mapped(by: ClassMap(keeping: classes.names, name: "--only-classes"))
    }
    return data
  }

  /// The number of pictures that the data set itself validates on and a list leaves to training.
  private func ownValidationInTraining() throws(DatasetError) -> Int {
    if isFlat { return 0 }
    var own = self
    own.division = .found
    guard let validation = try? own.dataset(.validation) else { return 0 }
    let masks = Set(validation.files.map(\.mask))
    return try dataset(.training).files.count { masks.contains($0.mask) }
  }

  /// `voc (Pascal VOC), recognized`; `nil` for the two layouts of earlier versions, unless one was named.
  func layoutLine(_ options: TrainingOptions) -> String? {
    let name = "\(layout.name) (\(layout.title))"
    if options.layout != nil { return name }
    return [DataLayout.ade20k.name, DataLayout.folder.name].contains(layout.name) ? nil : "\(name), recognized"
  }
}

extension TrainingOptions {
  /// The options with lists of pictures, without the files' folders; `nil` if there are none.
  var listWords: String? {
    var lists: [(option: String, path: String)] = []
    if case .list(let path) = heldOut { lists.append(("--held-out", path)) }
    if let trainingList { lists.append(("--training-list", trainingList)) }
    if lists.isEmpty { return nil }
    return lists.map { "\($0.option) \(URL(fileURLWithPath: $0.path).lastPathComponent)" }.joined(separator: " ")
  }
}

import ArgumentParser
import Tessera

/// How a command reads the data set that it is given: the options of a run that are about that.
struct DataOptions: ParsableArguments {
  @OptionGroup(title: RunSection.reading.title) private var table: TableOptions<ReadingTable>

  init() {}

  func validate() throws { _ = try options() }

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
    func folder(_ path: String) throws -> DatasetFolder {
      try DatasetFolder(at: path, layout: options.layout?.layout, void: void, surveyor: surveyor, unnamed: unnamed)
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
    case .list(let path): data.division = .lists(training: training, validation: try SplitList(contentsOf: path))
    case nil: if training != nil { data.division = .lists(training: training, validation: nil) }
    }
    if let map = options.classesMap { data = try data.mapped(by: ClassMap(contentsOf: map)) }
    if let classes = options.onlyClasses {
      data = try data.mapped(by: ClassMap(keeping: classes.names, name: "--only-classes"))
    }
    return data
  }

  /// `voc (Pascal VOC), recognized`; `nil` for the two layouts of earlier versions, unless one was named.
  func layoutLine(_ options: TrainingOptions) -> String? {
    let name = "\(layout.name) (\(layout.title))"
    if options.layout != nil { return name }
    return [DataLayout.ade20k.name, DataLayout.folder.name].contains(layout.name) ? nil : "\(name), recognized"
  }
}

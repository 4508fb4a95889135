import Foundation
import Tessera
import TesseraFiles
import TesseraInspection
import TesseraReports

/// A run to resume: what made it, and the checkpoint that it continues from.
package struct RunResumption {
  let folder: RunFolder
  /// The configuration as the checkpoint or, before the first one, `config.json` has it.
  let configuration: [UInt8]
  /// The arguments that made the run.
  package let arguments: [String]
  /// When the run began.
  let started: String?
  /// `nil` if the run was never saved: it starts over.
  package let checkpoint: String?
  /// What the run knows about its data's files; `nil` in a run of an earlier version, or if that is lost.
  let data: DataRecord?
  /// The network as the run made it.
  let network: NetworkDescription
  /// The pictures of a batch that go through it at a time; `nil` for all.
  var microBatch: Int? { (try? JSONDecoder().decode(Pieces.self, from: Data(configuration)))?.microBatch }

  private struct Pieces: Decodable { let microBatch: Int? }

  /// What must be there, in any version, before the rest is looked at.
  private struct Heading: Codable {
    let format: Int?, tessera: String?, arguments: [String]?, instructionSet: String?, matrixKernels: String?,
      started: String?
  }

  private struct Record: Decodable { let model: NetworkDescription }
  private struct Classes: Decodable { let labelSpace: LabelSpace }

  /// Finds the newest whole checkpoint of the run in `path`, and complains on standard error about one that is not.
  ///
  /// - Throws: `OutputFolderError`, `ResumptionError`, or why no checkpoint can be used.
  package init(of path: String) throws {
    folder = try RunFolder(existing: path)
    let newest = try RunCheckpoints.newest(in: folder.checkpointsPath)
    checkpoint = newest?.path
    if let newest, let complaint = newest.complaint {
      Notice.warning.write("\(complaint) Continuing from \(newest.path).")
    }
    let written =
      try newest.map { try TrainingSnapshot.configuration(of: $0.path) }
      ?? folder.readConfiguration()
    let heading = try? JSONDecoder().decode(Heading.self, from: Data(written))
    let otherVersion = ResumptionError.otherVersion(path, version: heading?.tessera, format: heading?.format)
    guard let format = heading?.format, (1...RunConfiguration.currentFormat).contains(format),
      let arguments = heading?.arguments
    else { throw otherVersion }
    do {
      network = try JSONDecoder().decode(Record.self, from: Data(written)).model
      configuration = try RunConfiguration.upgraded(written, of: network)
    } catch let error as UnknownNetworkError {
      throw ResumptionError.otherNetwork(path, name: error.name)
    } catch {
      throw otherVersion
    }
    if let checkpoint { try Self.check(checkpoint, describes: network, record: written) }
    self.arguments = arguments
    data = Self.dataRecord(at: folder.dataPath)
    started = heading?.started
    if let was = heading?.instructionSet, was != instructionSet {
      Self.warnOfOtherBits("the run computed with \(was), this machine computes with \(instructionSet)")
    } else if let was = heading?.tessera, versionsWithOtherBits.contains(was) {
      Self.warnOfOtherBits("the run was computed by Tessera \(was), which adds up products in another order")
    } else if heading?.instructionSet != nil {
      // Earlier versions left the choice to OpenBLAS, and did not record it.
      let was = heading?.matrixKernels ?? matrixKernelsByDefault
      if was != matrixKernels {
        Self.warnOfOtherBits(
          "the run multiplied matrices with OpenBLAS's \(was) kernels, and now \(matrixKernels) are used "
            + "(OPENBLAS_CORETYPE=\(was) in the environment keeps them)")
      }
    }
  }

  private static func warnOfOtherBits(_ reason: String) {
    Notice.warning.write("\(reason): from here on the bits differ from those of an uninterrupted run")
  }

  /// Refuses a checkpoint whose description names another network or other classes than the run in it has.
  private static func check(_ path: String, describes network: NetworkDescription, record: [UInt8]) throws {
    guard let found = try SegmentationCheckpoint.configuration(of: path) else { return }
    func json(_ network: NetworkDescription) throws -> [UInt8] { [UInt8](try JSONEncoder().encode(["model": network])) }
    // Checkpoints are of the network without what only training needs.
    let model = network.configuration.makeNetwork(random: RandomStream(seed: 0)).forPrediction
    let expected = NetworkDescription(model.configuration)
    var differences = try RunDifferences(from: json(expected), to: json(NetworkDescription(found))).lines.map {
      $0.replacing(#/ now$/#, with: " in the description")
    }
    let classes = try? JSONDecoder().decode(Classes.self, from: Data(record)).labelSpace
    if let classes, try SegmentationCheckpoint.labelSpace(of: path) != classes { differences.append("the classes") }
    if !differences.isEmpty { throw ResumptionError.otherCard(path, differences) }
  }

  /// What a run knows about its data's files; warns of a record that exists but cannot be read.
  private static func dataRecord(at path: String) -> DataRecord? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do throws(FileError) {
      return try DataRecord(contentsOf: path)
    } catch {
      Notice.warning.write("\(error); only names and sizes of the data's files tell whether they changed")
      return nil
    }
  }

  /// Remembers which files of the data an error names: they may have changed when the run resumes.
  func remember(_ error: any Error, in root: String, and others: [String]) {
    folder.write(data?.blaming(error, in: root, and: others))
  }

  /// Refuses to continue differently from how the run began, and tells which files of its data changed. A run whose
  /// numbers became infinite or NaN may continue with a lower learning rate: otherwise it would end there again.
  ///
  /// - Parameters:
  ///   - configuration: what the run would continue with.
  ///   - files: the files of the data as they are now; `nil` if there are none.
  ///   - acceptsChangedData: whether the user has decided that changed files are meant.
  /// - Returns: whether it continues with a lower rate.
  /// - Throws: `ResumptionError.differs`, `ResumptionError.changedData`.
  func check(
    against configuration: [UInt8], files: DataRecord? = nil, acceptsChangedData: Bool = false
  ) throws -> Bool {
    let isBroken = (try? RunStatus(ofRun: folder.path))?.hasBrokenWeights ?? false
    let changes = data.flatMap { known in files?.changes(since: known) }
    // Without a record names and sizes are all that is known.
    let differences = try RunDifferences(
      from: self.configuration, to: configuration, dataFiles: changes == nil && !acceptsChangedData,
      allowingLowerRate: isBroken)
    let moved = [("added", changes?.added ?? []), ("removed", changes?.removed ?? [])].filter { !$0.1.isEmpty }.map {
      "the files of --data: \($0.1.count) \($0.0): \(DataWording.list($0.1))"
    }
    guard differences.lines.isEmpty && moved.isEmpty else {
      throw ResumptionError.differs(folder.path, differences.lines + moved)
    }
    // Without a record only the user's decision lets it come this far.
    if changes == nil && differences.hasOtherFiles {
      Notice.warning.write(
        "names or sizes of the files of --data are not those that the run knows; the run continues with what is "
          + "there now")
    }
    guard let changes, !changes.changed.isEmpty else { return differences.lowersRate }
    let others = changes.changed.filter { !changes.repaired.contains($0) }
    if !others.isEmpty && !acceptsChangedData { throw ResumptionError.changedData(folder.path, others) }
    if !others.isEmpty {
      Notice.warning.write("\(ResumptionError.changed(others)); the run continues with what is there now")
    }
    if !changes.repaired.isEmpty {
      Notice.note.write(
        "the run ended over \(DataWording.list(changes.repaired)), which has changed since: it continues with "
          + "the new contents")
    }
    return differences.lowersRate
  }
}

/// Why a run cannot be resumed.
package enum ResumptionError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case otherVersion(String, version: String?, format: Int?)
  /// It is another program's run, with the network `name`.
  case otherNetwork(String, name: String)
  case differs(String, [String])
  /// The checkpoint does not describe what the run in it has trained.
  case otherCard(String, [String])
  /// Files of the data have changed since the run last looked.
  case changedData(String, [String])

  package var description: String {
    switch self {
    case .otherNetwork(let path, let name):
      "\(path) is a run of \(name); continue it with \(TrainingInvocation.current.start(name)) --resume --output "
        + "\(path)"
    case .otherVersion(let path, let version, let format):
      "\(path) is a run of \(version.map { "Tessera \($0)" } ?? "no known version")"
        + "\(format.map { " (format \($0))" } ?? ""), and Tessera \(tesseraVersion) resumes runs up to format "
        + "\(RunConfiguration.currentFormat); resume it with the version that made it, or start a new run with "
        + "--initial-weights"
    case .differs(let path, let lines):
      "\(path) cannot be resumed with changes to what it computes:\n"
        + lines.map { "  \($0)\n" }.joined() + "undo these to resume, or start a new run in another --output"
    case .otherCard(let path, let lines):
      "\(path) cannot be resumed: it does not describe what its run has trained: \(lines.joined(separator: "; ")); put "
        + "back the checkpoint that the run saved"
    case .changedData(let path, let files):
      "\(path) cannot be resumed without a decision: \(Self.changed(files)); put back what was there, give "
        + "--accept-changed-data to continue with what is there now, or start a new run in another --output"
    }
  }

  fileprivate static func changed(_ files: [String]) -> String {
    let count = files.count == 1 ? "1 file of the data has" : "\(files.count) files of the data have"
    return "\(count) changed since the run last used the data: \(DataWording.list(files, upTo: 10))"
  }

  package var errorDescription: String? { description }
}

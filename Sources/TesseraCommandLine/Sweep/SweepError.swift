import Foundation

/// Why a sweep cannot be done.
enum SweepError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// What is wrong with its file, a sentence each.
  case refused(file: String, [String])
  /// A folder holds something else.
  case otherSweep(folder: String, String)
  case inUse(folder: String)
  /// A trial failed before any trial had an epoch: the others would, too.
  case trialFailed(String, reason: String, log: String)
  case unreadable(String, reason: String)
  /// The record in a sweep's folder.
  case unreadableRecord(folder: String, reason: String)

  private static let mostProblems = 20

  var description: String {
    switch self {
    case .refused(let file, let problems):
      "\(file) is not a sweep that can be done:\n"
        + problems.prefix(Self.mostProblems).map { "  \($0)\n" }.joined()
        + (problems.count > Self.mostProblems ? "  and \(problems.count - Self.mostProblems) more\n" : "")
        + "correct it; docs/tuning.md describes such files"
    case .otherSweep(let folder, let what): "\(folder) holds \(what); choose another --output"
    case .inUse(let folder):
      "another process does the sweep in \(folder); wait until it ends, or choose another --output"
    case .trialFailed(let name, let reason, let log):
      "\(name) failed before any trial had an epoch: \(reason) (all that it said is in \(log)); once that is corrected, "
        + "the same command continues"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
    case .unreadableRecord(let folder, let reason):
      "\(folder)/\(SweepRecord.fileName) cannot be read: \(reason); remove it, and 'sweep FILE --output \(folder)' writes it "
        + "anew from the trials' folders"
    }
  }

  var errorDescription: String? { description }
}

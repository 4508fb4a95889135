import TesseraArchives
import TesseraTerminal

extension DownloadError: HintedError {
  public var hint: String? {
    switch self {
    case .noServer(_, let failures):
      failures.contains { $0.reason.contains("is not the published file") }
        ? "name another server with --mirror URL, or accept what there is with --any-version"
        : "run the same command again to continue, or name another server with --mirror URL or a file with --from FILE"
    case .wrongChecksum(let path, _, _, let note):
      note == nil
        ? "copy or download it again, or accept it as it is with --any-version" : "remove \(path) and download it again"
    case .noSpace: "free some space, or choose a folder on another disk with --to DIR"
    case .occupied(let path, _): "remove or rename \(path), or choose another folder with --to DIR"
    case .busy: "wait until it ends, or choose another folder with --to DIR"
    case .incomplete: "nothing was unpacked; use the published file"
    case .licenseNotAccepted: "read the license, and accept it with --accept-license"
    case .badAddress, .unreadable: nil
    case .unwritable: "choose another folder with --to DIR"
    }
  }
}

extension ArchiveError: HintedError {
  public var hint: String? {
    switch self {
    case .damaged, .notAnArchive: "copy or download it again"
    case .unsafeEntry, .collidingEntries, .duplicateEntry, .tooLarge:
      "it is not what publishers of data sets make: use the published file"
    case .noSpace: "free some space, or choose a folder on another disk"
    case .occupied(let path): "remove or rename \(path)"
    case .busy: "wait until it ends"
    case .unreadable, .noSuchEntry, .notAFile, .entryTooLarge, .unwritable: nil
    }
  }
}

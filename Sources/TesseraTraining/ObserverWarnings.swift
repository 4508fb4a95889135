import Foundation
import TesseraTerminal

/// Reports what observers could not do while the run continues: the first time for each.
final class ObserverWarnings {
  private let write: (String) -> Void
  private var warned: Set<ObjectIdentifier> = []

  init(_ write: ((String) -> Void)?) { self.write = write ?? Notice.warning.write }

  /// The run continues without it, or the observer tries again.
  func tell(_ error: any Error, of observer: any TrainingObserver) {
    guard warned.insert(ObjectIdentifier(observer)).inserted else { return }
    if let postponed = error as? PostponedError {
      write(Self.text(postponed.cause) + "; the run continues, and this will be tried again")
    } else {
      write(Self.text(error) + "; the run continues without it")
    }
  }

  /// The run ends for another reason.
  func tellAtEnd(_ error: any Error) { write(Self.text((error as? PostponedError)?.cause ?? error)) }

  /// What a run needs is reported again in every epoch.
  func startEpoch(of observers: [any TrainingObserver]) {
    warned.subtract(observers.filter(\.isEssential).map { ObjectIdentifier($0) })
  }

  private static func text(_ error: any Error) -> String {
    let text = RankError.text(error)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}

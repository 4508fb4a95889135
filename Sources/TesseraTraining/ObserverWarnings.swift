import Foundation
import TesseraTerminal

/// Tells what observers could not do although the run goes on: the first time of each.
final class ObserverWarnings {
  private let write: (String) -> Void
  private var warned: Set<ObjectIdentifier> = []

  init(_ write: ((String) -> Void)?) { self.write = write ?? Notice.warning.write }

  /// The run goes on without it, or with another try of the observer's.
  func tell(_ error: any Error, of observer: any TrainingObserver) {
    guard warned.insert(ObjectIdentifier(observer)).inserted else { return }
    if let postponed = error as? PostponedError {
      write(Self.text(postponed.cause) + "; the run goes on, and this is tried again")
    } else {
      write(Self.text(error) + "; the run goes on without it")
    }
  }

  /// The run ends for another reason.
  func tellAtEnd(_ error: any Error) { write(Self.text((error as? PostponedError)?.cause ?? error)) }

  /// What a run needs is told again in every epoch.
  func startEpoch(of observers: [any TrainingObserver]) {
    warned.subtract(observers.filter(\.isEssential).map { ObjectIdentifier($0) })
  }

  private static func text(_ error: any Error) -> String {
    let text = (error as? any LocalizedError)?.errorDescription ?? "\(error)"
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}

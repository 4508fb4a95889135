import Foundation
import Synchronization
internal import SystemPackage

/// Standard output or standard error: the one place that writes to them.
///
/// Writing never fails and never ends the program, whatever became of the terminal, pipe or disk. A loss is known
/// afterwards (``fault``), and whoever needs the text decides what it means. A stream that was closed on purpose
/// accepts everything.
package final class StandardStream: Sendable {
  package static let output = StandardStream(descriptor: STDOUT_FILENO)
  package static let errors = StandardStream(descriptor: STDERR_FILENO)

  private struct State {
    var fault: Errno?
    var isWithinLine = false
    var isSilent = false
  }

  private let descriptor: FileDescriptor
  private let isOurs: Bool
  private let state = Mutex(State())

  init(descriptor: CInt) {
    self.descriptor = FileDescriptor(rawValue: descriptor)
    // If the process started without the stream, an event counter of the runtime may have its number: it has no type.
    isOurs = (try? self.descriptor.stat())?.type.rawValue != 0
  }

  /// Prepares the process for streams that others close. A write to a closed pipe, or to a file that grows too long,
  /// becomes an error of the call rather than the end of the process; no file opened later gets a stream's number.
  package static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    for descriptor in STDIN_FILENO...STDERR_FILENO where (try? FileDescriptor(rawValue: descriptor).stat()) == nil {
      // The lowest free number is the one that is missing.
      _ = try? FileDescriptor.open("/dev/null", descriptor == STDIN_FILENO ? .readOnly : .writeOnly)
    }
    _ = (output, errors)
  }

  /// Drops what is written from now on, or no longer.
  package func setSilent(_ isSilent: Bool) { state.withLock { $0.isSilent = isSilent } }

  /// Writes all of `text`, or as much as can be.
  package func write(_ text: String) { state.withLock { write(text, &$0) } }

  /// Writes a line that begins in the first column, whatever was drawn there before.
  package func writeLine(_ line: String) {
    state.withLock { state in
      if state.isWithinLine { write("\n", &state) }
      write(line + "\n", &state)
    }
  }

  /// The number of the first error (`errno`); `nil` if everything was written.
  package var fault: CInt? { state.withLock { $0.fault?.rawValue } }

  private func write(_ text: String, _ state: inout State) {
    guard isOurs && !state.isSilent else { return }
    var text = text
    if let last = text.utf8.last { state.isWithinLine = last != UInt8(ascii: "\n") }
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        do {
          rest = UnsafeRawBufferPointer(rebasing: rest[try descriptor.write(rest)...])
        } catch Errno.resourceTemporarilyUnavailable {
          // Another process made it non-blocking, as can happen with a shared terminal.
          var question = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
          poll(&question, 1, -1)
        } catch {
          state.fault = state.fault ?? error as? Errno
          return
        }
      }
    }
  }
}

/// An error that tells its reader what to do.
public protocol HintedError: Error {
  /// One line, without a period; `nil` if there is nothing to say.
  var hint: String? { get }
}

/// An error that knows what its reader can do.
public protocol HintedError: Error {
  /// One line, without a full stop; `nil` where there is nothing to say.
  var hint: String? { get }
}

/// An error about many things, of which its description, one line, names the first.
///
/// ```swift
/// do {
///   try model.load(from: path)
/// } catch let error as any ItemizedError {
///   print(error)                                                     // how many, and the first names
///   for item in error.items { print(item) }                          // all
/// }
/// ```
public protocol ItemizedError: Error {
  /// Everything that is wrong, each in a line; empty if the description names all.
  var items: [String] { get }
}

/// What is wrong with one picture file; the description combines both, `file: reason`.
package protocol PictureFault: Error {
  /// The path, as given.
  var file: String { get }

  /// What is wrong and what to do, without the file.
  var reason: String { get }
}

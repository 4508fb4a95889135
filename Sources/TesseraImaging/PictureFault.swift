/// What is wrong with one picture's file; the description is both, `file: reason`.
package protocol PictureFault: Error {
  /// The path as it was given.
  var file: String { get }

  /// What is wrong and what to do, without the file.
  var reason: String { get }
}

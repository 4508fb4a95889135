import TesseraFiles

/// Creates a run's folder with its parents, and checks that files can be written there: a run must not find out after
/// its first epoch.
///
/// - Throws: `TrainingError.unwritable`.
package func makeWritableFolder(_ path: String) throws(TrainingError) {
  try TrainingError.writing(try makeFolder(path))
  try TrainingError.writing(try checkWritable(folder: path))
}

import Tessera
import TesseraONNXImport

/// The command line, for a program's own networks.
///
/// ```swift
/// // main.swift
/// await TesseraProgram.run(catalog: .standard.adding(TinyNet.Configuration.self))
/// ```
/// Such a program trains, resumes, predicts, evaluates, exports, summarizes and times each network of the catalog:
/// `own-network train tiny --data DIR`, `own-network predict --checkpoint FILE picture.jpg` and so on.
public enum TesseraProgram {
  /// Runs the whole command line and ends the process with its exit code.
  ///
  /// - Parameters:
  ///   - catalog: the networks that it knows.
  ///   - layouts: the layouts of data that it knows, in the order in which they are recognized.
  public static func run(catalog: NetworkCatalog = .standard, layouts: [DataLayout] = .standard) async {
    await NetworkCatalog.$current.withValue(catalog.adding(ONNXNetwork.Configuration.self)) {
      await DataLayout.$known.withValue(layouts) { await TesseraCommand.runProgram() }
    }
  }

  /// Runs a command line that trains one network and does nothing else, such as `unet`.
  public static func train<Configuration: NetworkConfiguration>(_ network: Configuration.Type) async {
    await NetworkCatalog.$current.withValue(.standard.adding(network)) {
      await TrainCommand<Configuration>.runProgram()
    }
  }
}

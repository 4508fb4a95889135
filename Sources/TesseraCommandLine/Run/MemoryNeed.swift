import Foundation
import Tessera

/// The least memory that a network's training takes: weights, gradients and an optimizer's two moments of each.
struct MemoryNeed {
  private static let copies = 4
  private let bytes: Int

  /// - Parameter teacher: a network that only infers.
  init(of model: any SegmentationModel, besides teacher: (any SegmentationModel)? = nil) {
    bytes = (model.parameterCount * Self.copies + (teacher?.parameterCount ?? 0)) * MemoryLayout<Float>.stride
  }

  /// - Throws: `MemoryNeedError` if the machine has less, before random weights are drawn and the system ends the
  ///   process.
  func check() throws(MemoryNeedError) {
    let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    if bytes > machine { throw MemoryNeedError(bytes: bytes, machine: machine) }
  }
}

/// A network that is too large for the machine.
struct MemoryNeedError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let bytes: Int
  let machine: Int

  var description: String {
    "the network's weights, gradients and moments take \(bytes >> 30) GB, and the machine has \(machine >> 30) GB; "
      + "choose a smaller --width"
  }
  var errorDescription: String? { description }
}

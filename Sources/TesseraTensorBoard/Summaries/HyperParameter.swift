import Foundation
import SwiftProtobuf

/// A setting of a run, by which TensorBoard's HPARAMS tab compares runs.
public struct HyperParameter: Sendable, Equatable {
  /// What a setting can be; `nil` in a run that does not use it although others may.
  public enum Value: Sendable, Equatable {
    case number(Double?)
    case text(String?)
    case flag(Bool?)
  }

  public let name: String
  public let value: Value
  /// Whether the tab shows it by default: it has room for five.
  public let isShownFirst: Bool

  public init(_ name: String, _ value: Value, isShownFirst: Bool = false) {
    self.name = name
    self.value = value
    self.isShownFirst = isShownFirst
  }

  var type: Tensorboard_Hparams_DataType {
    switch value {
    case .number: .float64
    case .text: .string
    case .flag: .bool
    }
  }

  var message: Google_Protobuf_Value? {
    switch value {
    case .number(let number): number.map { Google_Protobuf_Value(numberValue: $0) }
    case .text(let text): text.map { Google_Protobuf_Value(stringValue: $0) }
    case .flag(let flag): flag.map { Google_Protobuf_Value(boolValue: $0) }
    }
  }
}

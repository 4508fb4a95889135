import CTessera
import Foundation
import TesseraSegmentation

// The functions of tessera.h, which describes them. Nothing checks their types against that header but their callers:
// the tests and Examples/c.

/// Loads a checkpoint: `tessera_load`.
@_cdecl("tessera_load")
public func tesseraLoad(
  _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<tessera_options>?, _ message: UnsafeMutablePointer<CChar>?,
  _ size: UInt
) -> OpaquePointer? {
  telling(message, size) {
    guard let path else { throw CallError.missing("path") }
    let network = try HeldNetwork(checkpoint: String(cString: path), options?.pointee ?? tessera_options())
    return OpaquePointer(Unmanaged.passRetained(network).toOpaque())
  }
}

/// Lets go of a network: `tessera_free`.
@_cdecl("tessera_free")
public func tesseraFree(_ network: OpaquePointer?) {
  if let network { Unmanaged<HeldNetwork>.fromOpaque(UnsafeRawPointer(network)).release() }
}

/// The number of classes: `tessera_class_count`.
@_cdecl("tessera_class_count")
public func tesseraClassCount(_ network: OpaquePointer?) -> Int32 { Int32(held(network)?.classCount ?? 0) }

/// The name of a class: `tessera_class_name`.
@_cdecl("tessera_class_name")
public func tesseraClassName(_ network: OpaquePointer?, _ index: Int32) -> UnsafePointer<CChar>? {
  held(network)?.name(of: Int(index))
}

/// The number of samples of a pixel: `tessera_channel_count`.
@_cdecl("tessera_channel_count")
public func tesseraChannelCount(_ network: OpaquePointer?) -> Int32 { Int32(held(network)?.channels ?? 0) }

/// The mask of a picture: `tessera_predict`.
@_cdecl("tessera_predict")
public func tesseraPredict(
  _ network: OpaquePointer?, _ pixels: UnsafePointer<UInt8>?, _ width: UInt, _ height: UInt, _ rowBytes: UInt,
  _ mask: UnsafeMutablePointer<UInt16>?, _ message: UnsafeMutablePointer<CChar>?, _ size: UInt
) -> Int32 {
  let isDone: Void? = telling(message, size) {
    guard let network = held(network) else { throw CallError.missing("network") }
    guard let pixels else { throw CallError.missing("pixels") }
    guard let mask else { throw CallError.missing("mask") }
    try network.predict(pixels, width: width, height: height, rowBytes: rowBytes, to: mask)
  }
  return isDone == nil ? -1 : 0
}

/// The library's version: `tessera_version`.
@_cdecl("tessera_version")
public func tesseraVersionText() -> UnsafePointer<CChar>? { versionText }

// Never written again, nor freed.
private nonisolated(unsafe) let versionText = UnsafePointer<CChar>(strdup(tesseraVersion))

private func held(_ network: OpaquePointer?) -> HeldNetwork? {
  network.map { Unmanaged<HeldNetwork>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

/// Returns what `body` returns; if it throws, `nil`, and the reason is in the caller's buffer, cut between characters.
private func telling<Result>(
  _ message: UnsafeMutablePointer<CChar>?, _ size: UInt, _ body: () throws -> Result
) -> Result? {
  do {
    return try body()
  } catch {
    guard let message, size > 0 else { return nil }
    var room = min(size, UInt(Int.max)) - 1
    var text = ""
    for character in "\(error)" {
      let length = UInt(character.utf8.count)
      if length > room { break }
      room -= length
      text.append(character)
    }
    for (place, byte) in text.utf8.enumerated() { message[place] = CChar(bitPattern: byte) }
    message[text.utf8.count] = 0
    return nil
  }
}

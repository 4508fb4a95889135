/// A network that does not see photographs.
public struct UnsuitableNetworkError: Error, CustomStringConvertible {
  let file: String
  let channels: Int

  public var description: String {
    "\(file): its network expects pictures of \(channels) \(channels == 1 ? "channel" : "channels"), but browsers and "
      + "cameras send 3; serve a network for photographs"
  }
}

/// An address that cannot be listened on.
public struct AddressError: Error, CustomStringConvertible {
  let address: String
  let reason: String

  public var description: String { "\(address) cannot be listened on: \(reason); choose another --host or --port" }
}

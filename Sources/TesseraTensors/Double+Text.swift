extension Double {
  /// Without decimals that say nothing: `10`, `0.25`.
  package var shortText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}

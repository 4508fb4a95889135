import Tessera

/// A count and what is counted: `1 thread`, `2 threads`.
///
/// - Parameter plural: where an s is not enough.
func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}

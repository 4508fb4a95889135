import Tessera

/// A count and what is counted: `1 thread`, `2 threads`.
func counted(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

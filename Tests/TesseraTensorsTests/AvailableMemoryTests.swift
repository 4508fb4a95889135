import Testing

@testable import TesseraTensors

@Suite struct AvailableMemoryTests {
  private func memory(_ files: [String: String]) -> AvailableMemory {
    AvailableMemory(machine: 8 << 30) { files[$0] }
  }

  private let machine = ["/proc/meminfo": "MemTotal: 8388608 kB\nMemFree: 1024 kB\nMemAvailable:  4194304 kB\n"]

  @Test func withoutLimitsItIsTheMachines() {
    #expect(memory([:]) == AvailableMemory(total: 8 << 30, free: 8 << 30))
    #expect(memory(machine) == AvailableMemory(total: 8 << 30, free: 4 << 30))
    let unlimited = [
      "/proc/self/cgroup": "4:memory:/a\n0::/\n",
      "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory.max": "max\n",
    ]
    #expect(memory(machine.merging(unlimited) { $1 }) == memory(machine))
  }

  @Test func theSmallestLimitOfAnyGroupCounts() {
    let root = "/sys/fs/cgroup"
    let limited = [
      "/proc/self/cgroup": "0::/job/step\n", root + "/job/memory.max": "2147483648\n",
      root + "/job/memory.current": "1610612736\n", root + "/job/memory.stat": "anon 5\ninactive_file 536870912\n",
    ]
    // 1.5 GB of 2 GB are in use, of which 0.5 GB are files that can be dropped.
    #expect(memory(machine.merging(limited) { $1 }) == AvailableMemory(total: 2 << 30, free: 1 << 30))
    let tighter = limited.merging([root + "/job/step/memory.max": "1073741824", root + "/job/step/memory.current": "0"])
    {
      $1
    }
    #expect(memory(machine.merging(tighter) { $1 }) == AvailableMemory(total: 1 << 30, free: 1 << 30))
  }

  @Test func theFirstVersionsFilesCountToo() {
    let folder = "/sys/fs/cgroup/memory/docker/1f"
    let limited = [
      "/proc/self/cgroup": "4:memory:/docker/1f\n", folder + "/memory.limit_in_bytes": "3221225472\n",
      folder + "/memory.usage_in_bytes": "1073741824\n",
    ]
    #expect(memory(machine.merging(limited) { $1 }) == AvailableMemory(total: 3 << 30, free: 2 << 30))
  }

  @Test func thisMachineHasMemory() {
    let memory = AvailableMemory.current
    #expect(memory.total > 1 << 20 && memory.free > 0 && memory.free <= memory.total)
  }
}

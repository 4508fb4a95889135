/// What an observer could not do now and tries again by itself, until the run's end at the latest: told once, and no
/// reason to end the run.
struct PostponedError: Error {
  let cause: any Error

  init(_ cause: any Error) { self.cause = cause }
}

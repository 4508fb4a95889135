/// What an observer could not do now and will try again by itself, by the run's end at the latest: reported once, and
/// no reason to end the run.
struct PostponedError: Error {
  let cause: any Error

  init(_ cause: any Error) { self.cause = cause }
}

// Plain C11 has no processes.
#define _DEFAULT_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

int hdf5_write(int descriptor, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(descriptor, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return 0;
    next += written;
    count -= (size_t)written;
  }
  return 1;
}

static void close_all_but(int descriptor) {
  int first = STDERR_FILENO + 1;
#ifdef SYS_close_range
  int before = descriptor == first ? 0 : (int)syscall(SYS_close_range, first, descriptor - 1, 0);
  if (before == 0 && syscall(SYS_close_range, descriptor + 1, ~0U, 0) == 0) return;
#endif
  long most = sysconf(_SC_OPEN_MAX);
  for (int other = first; other < (most > 0 && most < 65536 ? most : 65536); other++)
    if (other != descriptor) close(other);
}

// The copy inherits the program's signal handlers and files, which it must not touch.
static void leave_the_program(int descriptor, unsigned seconds) {
  int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGXCPU, SIGPIPE, SIGTERM, SIGINT};
  for (size_t index = 0; index < sizeof signals / sizeof *signals; index++) signal(signals[index], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  close_all_but(descriptor);
  // libc reports a corrupted heap there.
  int silence = open("/dev/null", O_WRONLY);
  if (silence >= 0) dup2(silence, STDERR_FILENO);
  struct rlimit no_core = {0, 0}, time = {seconds, RLIM_INFINITY};
  setrlimit(RLIMIT_CORE, &no_core);
  setrlimit(RLIMIT_CPU, &time);
}

// Never returns.
static void run(
  hdf5_task task, const char *path, int input, const char *place, int descriptor, unsigned seconds) {
  if (input >= 0) dup2(input, STDIN_FILENO);
  leave_the_program(descriptor, seconds);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  // No filters from folders that the environment names, and always the plain driver, whatever the environment asks for.
  H5PLset_loading_state(0);
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  // That driver looks for the name behind a link, and a file that was opened may have none.
  if (input >= 0)
    H5Pset_fapl_stdio(access);
  else
    H5Pset_fapl_sec2(access);
  _exit(task(H5Fopen(path, H5F_ACC_RDONLY, access), place, descriptor) ? 0 : 1);
}

hdf5_reading hdf5_start(hdf5_task task, const char *path, int input, const char *place, unsigned seconds) {
  hdf5_reading none = {-1, 0};
  int ends[2];
  if (pipe(ends) != 0) return none;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  pid_t process = fork();
  if (process == 0) run(task, path, input, place, ends[1], seconds);
  close(ends[1]);
  if (process < 0) {
    close(ends[0]);
    return none;
  }
  hdf5_reading reading = {ends[0], process};
  return reading;
}

hdf5_ending hdf5_end(hdf5_reading reading) {
  close(reading.descriptor);
  int status;
  while (waitpid(reading.process, &status, 0) < 0)
    if (errno != EINTR) return HDF5_FAILED;
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? HDF5_FINISHED : HDF5_FAILED;
  return WTERMSIG(status) == SIGXCPU ? HDF5_ENDLESS : HDF5_CRASHED;
}

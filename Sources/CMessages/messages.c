// Without the trait MPI this file is empty.
#ifdef TESSERA_MPI

#include "messages.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

// Lengths are ints in MPI: long memory is several messages.
#define LONGEST (1 << 30)

typedef struct {
  MPI_Request request;
  int rank;
  // Of a receive, what must arrive.
  int length;
  bool receives, done;
} message;

struct messages_batch {
  size_t count, capacity;
  // All before it are done.
  size_t finished;
  message *messages;
};

// Errors are returned, not fatal, in a communicator of our own.
static MPI_Comm world;

int messages_join(void) {
  int granted;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &granted);
  if (code != MPI_SUCCESS) return code;
  if (granted < MPI_THREAD_SERIALIZED) return MPI_ERR_OTHER;
  code = MPI_Comm_dup(MPI_COMM_WORLD, &world);
  if (code != MPI_SUCCESS) return code;
  return MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
}

void messages_leave(void) { MPI_Finalize(); }

void messages_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

int messages_rank(void) {
  int rank = 0;
  MPI_Comm_rank(world, &rank);
  return rank;
}

int messages_rank_count(void) {
  int count = 1;
  MPI_Comm_size(world, &count);
  return count;
}

int messages_machines(char *names, int each) {
  char own[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0, capacity = each < MPI_MAX_PROCESSOR_NAME ? each : MPI_MAX_PROCESSOR_NAME;
  MPI_Get_processor_name(own, &length);
  char *padded = calloc(1, (size_t)each);
  if (!padded) return MPI_ERR_NO_MEM;
  strncpy(padded, own, (size_t)capacity - 1);
  int code = MPI_Allgather(padded, each, MPI_CHAR, names, each, MPI_CHAR, world);
  free(padded);
  return code;
}

void messages_reason(int code, char *reason, size_t capacity) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  strncpy(reason, text, capacity - 1);
  reason[capacity - 1] = 0;
}

messages_batch *messages_batch_make(size_t count) {
  messages_batch *batch = calloc(1, sizeof *batch);
  if (!batch) return NULL;
  batch->capacity = count;
  batch->messages = calloc(count ? count : 1, sizeof *batch->messages);
  if (batch->messages) return batch;
  free(batch);
  return NULL;
}

void messages_batch_free(messages_batch *batch) {
  free(batch->messages);
  free(batch);
}

// One more message; null if there is no memory.
static message *append(messages_batch *batch, int rank, int length, bool receives) {
  if (batch->count == batch->capacity) {
    size_t capacity = batch->capacity * 2 + 1;
    message *messages = realloc(batch->messages, capacity * sizeof *messages);
    if (!messages) return NULL;
    batch->messages = messages;
    batch->capacity = capacity;
  }
  message *next = &batch->messages[batch->count++];
  *next = (message){.request = MPI_REQUEST_NULL, .rank = rank, .length = length, .receives = receives};
  return next;
}

int messages_send(messages_batch *batch, const void *start, size_t length, int rank) {
  for (size_t sent = 0; sent < length; sent += LONGEST) {
    int part = (int)(length - sent < LONGEST ? length - sent : LONGEST);
    message *next = append(batch, rank, part, false);
    if (!next) return MPI_ERR_NO_MEM;
    int code = MPI_Isend((const char *)start + sent, part, MPI_BYTE, rank, 0, world, &next->request);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

int messages_receive(messages_batch *batch, void *start, size_t length, int rank) {
  for (size_t received = 0; received < length; received += LONGEST) {
    int part = (int)(length - received < LONGEST ? length - received : LONGEST);
    message *next = append(batch, rank, part, true);
    if (!next) return MPI_ERR_NO_MEM;
    int code = MPI_Irecv((char *)start + received, part, MPI_BYTE, rank, 0, world, &next->request);
    if (code != MPI_SUCCESS) return code;
  }
  return MPI_SUCCESS;
}

// Whether a message is done; if so, its request is gone.
static int test(message *next) {
  int flag = 0;
  MPI_Status status;
  if (next->done) return MPI_SUCCESS;
  int code = MPI_Test(&next->request, &flag, &status);
  if (code != MPI_SUCCESS || !flag) return code;
  if (next->receives) {
    int length = 0;
    MPI_Get_count(&status, MPI_BYTE, &length);
    if (length != next->length) return MPI_ERR_TRUNCATE;
  }
  next->done = true;
  return MPI_SUCCESS;
}

int messages_test(messages_batch *batch, bool *done, size_t *finished) {
  // Each test moves all messages, so one that is not done is enough.
  while (batch->finished < batch->count) {
    message *next = &batch->messages[batch->finished];
    int code = test(next);
    if (code != MPI_SUCCESS) return code;
    if (!next->done) break;
    batch->finished++;
  }
  *finished = batch->finished;
  *done = batch->finished == batch->count;
  return MPI_SUCCESS;
}

bool messages_awaits(messages_batch *batch, int rank) {
  for (size_t index = batch->finished; index < batch->count; index++) {
    message *next = &batch->messages[index];
    if (next->rank == rank && (test(next) != MPI_SUCCESS || !next->done)) return true;
  }
  return false;
}

#endif

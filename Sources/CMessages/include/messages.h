#pragma once

#include <stdbool.h>
#include <stddef.h>

// Messages between the processes of an MPI run. MPI's constants are macros that Swift cannot see, and its handles differ
// from one implementation to another; here they stay in C.
//
// Only one thread calls these functions at a time. Those that return an int return 0, or a code for `messages_reason`.

// Joins the run that the launcher has started.
int messages_join(void);

// Leaves it; waits for the other processes to do so.
void messages_leave(void);

// Ends all processes of the run.
void messages_abort(int code);

// This process's number, and how many there are.
int messages_rank(void);
int messages_rank_count(void);

// Writes the name of each rank's machine, padded with zeros to `each` bytes; all ranks call it together.
int messages_machines(char *names, int each);

// Writes what a code means and a zero, at most `capacity` bytes.
void messages_reason(int code, char *text, size_t capacity);

// Sends and receives that are underway together.
typedef struct messages_batch messages_batch;

// Room for `count` of them; null if there is no memory.
messages_batch *messages_batch_make(size_t count);
void messages_batch_free(messages_batch *batch);

// Begins to send `length` bytes to a rank, or to receive as many from it.
int messages_send(messages_batch *batch, const void *start, size_t length, int rank);
int messages_receive(messages_batch *batch, void *start, size_t length, int rank);

// Moves what can be moved, and says whether all is done. `*finished` is the number of messages that are.
int messages_test(messages_batch *batch, bool *done, size_t *finished);

// Whether something from this rank, or for it, is still underway.
bool messages_awaits(messages_batch *batch, int rank);

/* Runs programs compiled by Braid. Link with libbraid_runtime; no compiler and no Python is needed.
 *
 * A program may be run from several threads at once. Nothing here prints or exits.
 *
 * Who owns what: what braid_load and braid_run return is the caller's until passed to braid_program_free and
 * braid_results_free; what is asked of it (braid_input, braid_result) belongs to it and goes with it. Inputs are copied
 * and stay the caller's; results do not need the program any longer. An error text is the caller's until passed to
 * braid_text_free; it is stored only on failure, and nowhere if `error` is NULL.
 *
 * NULL is allowed for every pointer: a missing program, name, shape or element is an error, and freeing it does nothing. */
#ifndef BRAID_H
#define BRAID_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Element types. */
enum braid_dtype {
  BRAID_BOOL = 0, /* one byte, 0 or 1 */
  BRAID_U8 = 1,
  BRAID_U16 = 2,
  BRAID_U32 = 3,
  BRAID_U64 = 4,
  BRAID_I8 = 5,
  BRAID_I16 = 6,
  BRAID_I32 = 7,
  BRAID_I64 = 8,
  BRAID_F16 = 9,
  BRAID_BF16 = 10,
  BRAID_F32 = 11,
  BRAID_F64 = 12
};

/* A dense tensor, row-major, little-endian. */
typedef struct {
  const char *name;      /* of an input; NULL for results */
  uint32_t dtype;        /* one of enum braid_dtype */
  uint32_t rank;         /* number of dimensions, at most 64 */
  const uint64_t *shape; /* rank numbers */
  const void *data;      /* the elements, of any alignment */
} braid_tensor;

typedef struct braid_program braid_program;
typedef struct braid_results braid_results;

/* Loads an artifact. NULL if it is refused; then *error is a text to be freed with braid_text_free. */
braid_program *braid_load(const char *path, char **error);
void braid_program_free(braid_program *program);

/* Number and declarations ("x=f32[1,3,32,32]") of inputs. The text lives as long as the program. */
size_t braid_input_count(const braid_program *program);
const char *braid_input(const braid_program *program, size_t i);

/* Runs a program on named inputs, in any order. Their number of results depends on the path taken.
 * NULL if the inputs are refused or the program raises; then *error is a text to be freed with braid_text_free. */
braid_results *braid_run(const braid_program *program, const braid_tensor *inputs, size_t count, uint64_t seed,
                         char **error);

/* Results live until they are freed. braid_result returns NULL beyond the last. */
size_t braid_result_count(const braid_results *results);
const braid_tensor *braid_result(const braid_results *results, size_t i);
void braid_results_free(braid_results *results);

void braid_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif

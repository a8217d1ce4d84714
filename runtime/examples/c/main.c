/* Loads an artifact with one f32 input, runs it on 0, 1, 2, … and prints the results.
 *
 *   cc main.c -I../../include -L… -lbraid_runtime -o main && ./main model.braid x 1 3 32 32
 */
#include "braid.h"

#include <stdio.h>
#include <stdlib.h>

static int fail(char *error) {
  fprintf(stderr, "error: %s\n", error);
  braid_text_free(error);
  return 1;
}

int main(int argc, char **argv) {
  uint64_t shape[16];
  if (argc < 3 || argc - 3 > (int)(sizeof shape / sizeof *shape)) {
    fprintf(stderr, "usage: %s ARTIFACT INPUT [DIM]... (at most 16)\n", argv[0]);
    return 2;
  }
  char *error = NULL;
  braid_program *program = braid_load(argv[1], &error);
  if (!program) return fail(error);
  for (size_t i = 0; i < braid_input_count(program); i++) printf("input %s\n", braid_input(program, i));

  uint32_t rank = (uint32_t)(argc - 3);
  size_t count = 1;
  for (uint32_t i = 0; i < rank; i++) {
    shape[i] = strtoull(argv[3 + i], NULL, 10);
    count *= shape[i];
  }
  float *values = calloc(count, sizeof *values);
  if (!values && count) {
    fprintf(stderr, "error: %zu elements do not fit into memory\n", count);
    braid_program_free(program);
    return 1;
  }
  for (size_t i = 0; i < count; i++) values[i] = (float)i;
  braid_tensor input = {argv[2], BRAID_F32, rank, shape, values};

  braid_results *results = braid_run(program, &input, 1, 0, &error);
  free(values);
  if (!results) {
    braid_program_free(program);
    return fail(error);
  }
  for (size_t i = 0; i < braid_result_count(results); i++) {
    const braid_tensor *result = braid_result(results, i);
    size_t elements = 1;
    printf("result %zu [", i);
    for (uint32_t d = 0; d < result->rank; d++) {
      printf(d ? ", %llu" : "%llu", (unsigned long long)result->shape[d]);
      elements *= result->shape[d];
    }
    printf("]");
    if (result->dtype == BRAID_F32)
      for (size_t k = 0; k < elements && k < 8; k++) printf(" %g", ((const float *)result->data)[k]);
    printf("\n");
  }
  braid_results_free(results);
  braid_program_free(program);
  return 0;
}

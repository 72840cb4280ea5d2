// The functions of wasi_ephemeral_nn, once for all who offer them: FUNCTION(name, parameters, call), where the
// parameters are u32 a, b, c, d, e and the call is the engine's, which reads and writes `memory`. Included anew for each
// meaning of FUNCTION.
#ifndef NN_PARAMETERS
#define NN_PARAMETERS(n) NN_PARAMETERS_##n
#define NN_PARAMETERS_1 ([[maybe_unused]] u32 a)
#define NN_PARAMETERS_2 (u32 a, u32 b)
#define NN_PARAMETERS_3 (u32 a, u32 b, u32 c)
#define NN_PARAMETERS_5 ([[maybe_unused]] u32 a, [[maybe_unused]] u32 b, [[maybe_unused]] u32 c, [[maybe_unused]] u32 d, [[maybe_unused]] u32 e)
#define NN_ARGUMENTS(n) NN_ARGUMENTS_##n
#define NN_ARGUMENTS_1 (a)
#define NN_ARGUMENTS_2 (a, b)
#define NN_ARGUMENTS_3 (a, b, c)
#define NN_ARGUMENTS_5 (a, b, c, d, e)
#endif
FUNCTION(load, 5, load(memory, a, b, c, d, e))
FUNCTION(load_by_name, 3, load_by_name(memory, a, b, c))
FUNCTION(load_by_name_with_config, 5, load_by_name_with_config(memory, a, b, c, d, e))
FUNCTION(init_execution_context, 2, init_execution_context(memory, a, b))
FUNCTION(set_input, 3, set_input(memory, a, b, c))
FUNCTION(compute, 1, compute(a))
FUNCTION(get_output, 5, get_output(memory, a, b, c, d, e))
FUNCTION(unload, 1, unload(a))
FUNCTION(finalize_execution_context, 1, finalize_execution_context(a))
FUNCTION(compute_single, 1, token_by_token("compute_single"))
FUNCTION(get_output_single, 5, token_by_token("get_output_single"))
FUNCTION(fini_single, 1, token_by_token("fini_single"))

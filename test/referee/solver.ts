/** The z3 solver, which `npm run test:referee` installs for the occasion. */

/** Answers `sat`, `unsat` or `unknown` to a script of SMT-LIB. */
export type Solve = (script: string) => Promise<string>;

/** Starts it. `limitMs`: for one question; default none. */
export async function solver(limitMs?: number): Promise<Solve> {
  // Named by a variable: the package is not among those that the compiler knows.
  const name = "z3-solver";
  const { init } = await import(name);
  const { Z3 } = await init();
  const context = Z3.mk_context(Z3.mk_config());
  return async (script) => {
    const one = Z3.mk_solver(context);
    Z3.solver_inc_ref(context, one);
    if (limitMs !== undefined) {
      const settings = Z3.mk_params(context);
      Z3.params_inc_ref(context, settings);
      Z3.params_set_uint(context, settings, Z3.mk_string_symbol(context, "timeout"), limitMs);
      Z3.solver_set_params(context, one, settings);
      Z3.params_dec_ref(context, settings);
    }
    Z3.solver_from_string(context, one, script);
    const answer: unknown = await Z3.solver_check(context, one);
    Z3.solver_dec_ref(context, one);
    return answer === 1 ? "sat" : answer === -1 ? "unsat" : "unknown";
  };
}

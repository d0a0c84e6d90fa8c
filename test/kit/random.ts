// The seeded source of choices of every test is the one of synthesised policy sets: equal seeds give equal choices everywhere.
export { Random } from "../../src/synth/random.js";

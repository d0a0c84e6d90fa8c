/** Sets that are only decided over are decided alike; what nobody asks of them is not made. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { plainQuestion } from "../../src/policy/sample-questions.js";
import { root } from "../kit/source-files.js";

it("are decided as others, without digest, samples and listing", async () => {
  const built = await loadPolicySet(join(root, "examples/acme"));
  if (!built.ok) throw new Error("examples/acme cannot be read");
  const whole = await Engine.start({ workers: 0, allowWhatIf: true });
  const bare = await Engine.start({ workers: 0, allowWhatIf: true, bareSets: true });
  try {
    const { digest, samples } = whole.publish(built.policySet);
    const published = bare.publish(built.policySet);
    expect(published).toMatchObject({ digest: "", samples: [], listing: new Uint8Array() });
    expect(digest).toBe(built.policySet.digest);
    expect(samples.length).toBeGreaterThan(0);
    const questions = samples.map(plainQuestion);
    const withoutSet = (engine: Engine) =>
      engine.decideMany(questions, { nowMs: 0, detail: "explain" }).map((one) => ({ ...one, policySet: undefined }));
    expect(withoutSet(bare)).toEqual(withoutSet(whole));
  } finally {
    await whole.close();
    await bare.close();
  }
});

import { expect, it } from "vitest";
import { keyTemplate } from "../../src/validate/catalogue/catalogue.js";

it.each([
  ["ec2:ResourceTag/${TagKey}", "ec2:ResourceTag/owner"],
  ["s3:ExistingObjectTag/<key>", "s3:ExistingObjectTag/owner"],
  ["secretsmanager:ResourceTag/tag-key", "secretsmanager:ResourceTag/owner"],
  ["ssm:resourceTag/tag-key", "ssm:ResourceTag/owner"],
  ["glacier:ResourceTag/", "glacier:ResourceTag/owner"],
  ["events:Metadata/${MetadataKey}/Matcher", "events:Metadata/a/Matcher"],
])("takes the variable part of %s for any text", (name, key) => {
  expect(keyTemplate(name).test(key)).toBe(true);
});

it.each([
  ["secretsmanager:ResourceTag/tag-key", "secretsmanager:ResourceTag/"],
  ["secretsmanager:ResourceTag/tag-key", "secretsmanager:ResourceTags/owner"],
  ["glacier:ResourceTag/", "glacier:ResourceTag"],
  ["secretsmanager:resource/Type", "secretsmanager:resource/Kind"],
])("does not find in %s the key %s", (name, key) => {
  expect(keyTemplate(name).test(key)).toBe(false);
});

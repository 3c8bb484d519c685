// Prints what the official AsyncAPI parser makes of a document, and which of its examples don't fit their schemas.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const text = readFileSync(process.argv[2], "utf8");
const { document, diagnostics } = await new Parser().parse(text);
const found = diagnostics.map(({ code, message, path, severity }) => ({ code, message, path, severity }));

const ajv = addFormats(new Ajv({ strict: false }));
const source = JSON.parse(text);
ajv.addSchema(source, "document");
const unfit = Object.entries(source.components.messages).flatMap(([name, { examples }]) => {
  const pointer = name.replaceAll("~", "~0").replaceAll("/", "~1");
  const fits = ajv.compile({ $ref: `document#/components/messages/${pointer}/payload` });
  return examples.filter(({ payload }) => !fits(payload)).map((example) => `${name}: ${example.name}`);
});
console.log(JSON.stringify({ valid: document !== undefined, diagnostics: found, unfit }));

// Reads AsyncAPI documents with the official parser. Prints the problems of each, and
// version and events of the last one.
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const parser = new asyncapi.Parser();
const texts = process.argv.slice(2).map((path) => readFileSync(path, "utf-8"));
const problems = [];
for (const text of texts) {
  const diagnostics = await parser.validate(text);
  problems.push(diagnostics.filter(({ severity }) => severity < 2));
}
const { document } = await parser.parse(texts.at(-1));
const operations = document?.operations().all() ?? [];
const names = (chosen) =>
  chosen.flatMap((operation) => operation.messages().all().map((each) => each.name()));
console.log(
  JSON.stringify({
    problems,
    version: document?.info().version(),
    sent: names(operations.filter((operation) => operation.isSend())),
    received: names(operations.filter((operation) => operation.isReceive())),
  }),
);

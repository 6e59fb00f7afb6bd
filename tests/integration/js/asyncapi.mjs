// Reads an AsyncAPI document with the official parser, and prints problems and events.
import { readFileSync } from "node:fs";
import asyncapi from "@asyncapi/parser";

const text = readFileSync(process.argv[2], "utf-8");
const { document, diagnostics } = await new asyncapi.Parser().parse(text);
const operations = document?.operations().all() ?? [];
console.log(
  JSON.stringify({
    problems: diagnostics.filter(({ severity }) => severity < 2),
    version: document?.info().version(),
    sent: operations
      .filter((operation) => operation.isSend())
      .flatMap((operation) => operation.messages().all().map((each) => each.name())),
    received: operations
      .filter((operation) => operation.isReceive())
      .flatMap((operation) => operation.messages().all().map((each) => each.name())),
  }),
);

// aimock on a port of its own, with one answer for everything. Prints the port, and
// ends with its standard input. AIMOCK is the address of the module.
const { LLMock } = await import(process.env.AIMOCK);

// As many deltas as the mock service makes of the same answer.
const mock = new LLMock({ port: 0, host: "127.0.0.1", logLevel: "silent", chunkSize: 5 });
mock.on({}, { content: "The museum opens at ten tomorrow." });
await mock.start();
console.log(new URL(mock.url).port);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

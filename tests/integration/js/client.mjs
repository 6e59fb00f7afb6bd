// A client of the official JavaScript SDK, run in a process of its own against the mock
// service. Knows nothing of this project: it does what an application on that SDK does,
// and prints what it saw as JSON.

import { readFile } from "node:fs/promises";
import { VoiceLiveClient } from "@azure/ai-voicelive";
import { AzureKeyCredential } from "@azure/core-auth";

const MODEL = "gpt-realtime";
const [endpoint, key, question] = process.argv.slice(2);

function client(apiKey) {
  return new VoiceLiveClient(endpoint, new AzureKeyCredential(apiKey));
}

/** Hold a conversation; an error of the service or the connection ends it. */
async function converse(handlers, talk) {
  const failure = Promise.withResolvers();
  const session = client(key).createSession(MODEL);
  session.subscribe({
    ...handlers,
    onServerError: async ({ error }) => failure.reject(new Error(error.message)),
    onError: async ({ error }) => failure.reject(error),
  });
  await session.connect();
  try {
    await Promise.race([talk(session), failure.promise]);
  } finally {
    await session.dispose();
  }
}

async function ask(session, text) {
  const content = [{ type: "input_text", text }];
  await session.addConversationItem({ type: "message", role: "user", content });
  await session.sendEvent({ type: "response.create" });
}

async function textTurn() {
  const seen = { types: [], text: "", deltas: "", status: "" };
  const done = Promise.withResolvers();
  const handlers = {
    onServerEvent: async ({ type }) => seen.types.push(type),
    onResponseTextDelta: async ({ delta }) => (seen.deltas += delta),
    onResponseTextDone: async ({ text }) => (seen.text = text),
    onResponseDone: async ({ response }) => {
      seen.status = response.status;
      done.resolve();
    },
  };
  await converse(handlers, async (session) => {
    await session.updateSession({ modalities: ["text"], instructions: "Be brief." });
    await ask(session, "Hello there");
    await done.promise;
  });
  return seen;
}

/** Say something, and the same again as soon as the answer is heard. */
async function audioTurns() {
  const file = await readFile(question);
  const pcm = file.subarray(file.indexOf("data") + 8);
  const seen = { events: [], heard: [], started: [], stopped: [], responses: [] };
  const answerBegan = Promise.withResolvers();
  const answered = Promise.withResolvers();
  const handlers = {
    onServerEvent: async ({ type, responseId, response }) =>
      seen.events.push([type, responseId ?? response?.id ?? ""]),
    onInputAudioBufferSpeechStarted: async ({ audioStartInMs }) =>
      seen.started.push(audioStartInMs),
    onInputAudioBufferSpeechStopped: async ({ audioEndInMs }) =>
      seen.stopped.push(audioEndInMs),
    onConversationItemInputAudioTranscriptionCompleted: async ({ transcript }) =>
      seen.heard.push(transcript),
    onResponseCreated: async ({ response }) =>
      seen.responses.push({ id: response.id, audio_bytes: 0 }),
    onResponseAudioDelta: async ({ delta }) => {
      seen.responses.at(-1).audio_bytes += delta.byteLength;
      answerBegan.resolve();
    },
    onResponseDone: async ({ response }) => {
      const last = seen.responses.at(-1);
      last.status = response.status;
      last.reason = response.statusDetails?.reason ?? null;
      last.item_status = response.output[0].status;
      if (seen.responses.length === 2) answered.resolve();
    },
  };
  await converse(handlers, async (session) => {
    const say = async () => {
      for (let start = 0; start < pcm.length; start += 4800) {
        await session.sendAudio(pcm.subarray(start, start + 4800));
      }
    };
    await session.updateSession({
      modalities: ["text", "audio"],
      turnDetection: { type: "server_vad" },
      inputAudioTranscription: { model: "whisper-1" },
    });
    await say();
    await answerBegan.promise;
    await say();
    await answered.promise;
  });
  return seen;
}

async function functionRound() {
  const seen = {};
  const called = Promise.withResolvers();
  const answered = Promise.withResolvers();
  let call;
  const handlers = {
    onResponseFunctionCallArgumentsDone: async (event) => (call = event),
    onResponseTextDone: async ({ text }) => (seen.answer = text),
    onResponseDone: async () => (seen.answer ? answered : called).resolve(),
  };
  await converse(handlers, async (session) => {
    const tool = {
      type: "function",
      name: "get_weather",
      description: "Look up the weather for a city.",
      parameters: {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      },
    };
    await session.updateSession({ modalities: ["text"], tools: [tool] });
    await ask(session, "What is the weather in London?");
    await called.promise;
    seen.name = call.name;
    seen.arguments = JSON.parse(call.arguments);
    await session.addConversationItem({
      type: "function_call_output",
      callId: call.callId,
      output: "Foggy, 12 degrees",
    });
    await session.sendEvent({ type: "response.create" });
    await answered.promise;
  });
  return seen;
}

/** Stream text into an item, as the README of the SDK does. */
async function streamedText() {
  const seen = { types: [], text: "" };
  const done = Promise.withResolvers();
  const handlers = {
    onServerEvent: async ({ type }) => seen.types.push(type),
    onResponseTextDone: async ({ text }) => (seen.text = text),
    onResponseDone: async () => done.resolve(),
  };
  await converse(handlers, async (session) => {
    await session.updateSession({ modalities: ["text"] });
    const id = "user-message-1";
    const content = [{ type: "input_text", text: "" }];
    await session.addConversationItem({ id, type: "message", role: "user", content });
    for (const delta of ["Repeat after me: ", "one ", "two"]) {
      await session.sendEvent({ type: "input_text.delta", id, delta });
    }
    await session.sendEvent({ type: "input_text.done", id });
    await session.sendEvent({ type: "response.create" });
    await done.promise;
  });
  return seen;
}

/** Answer a call as soon as it is complete, before its response is done. */
async function eagerFunctionRound() {
  const seen = { types: [], answer: "" };
  const answered = Promise.withResolvers();
  let live;
  const handlers = {
    onServerEvent: async ({ type }) => seen.types.push(type),
    onResponseFunctionCallArgumentsDone: async ({ callId }) => {
      const output = JSON.stringify({ sky: "foggy" });
      await live.addConversationItem({ type: "function_call_output", callId, output });
      await live.sendEvent({ type: "response.create" });
    },
    onResponseTextDone: async ({ text }) => {
      seen.answer = text;
      answered.resolve();
    },
  };
  await converse(handlers, async (session) => {
    const tool = {
      type: "function",
      name: "get_weather",
      description: "Look up the weather for a city.",
      parameters: { type: "object", properties: { city: { type: "string" } } },
    };
    live = session;
    await session.updateSession({ modalities: ["text"], tools: [tool] });
    await ask(session, "What is the weather in London?");
    await answered.promise;
  });
  return seen;
}

async function refusedKey() {
  try {
    const session = await client("wrong").startSession(MODEL);
    await session.dispose();
    return { refused: false };
  } catch (error) {
    return { refused: true, error: `${error.name}: ${error.message}` };
  }
}

const result = {
  text: await textTurn(),
  audio: await audioTurns(),
  function: await functionRound(),
  streamed: await streamedText(),
  eager: await eagerFunctionRound(),
  refused: await refusedKey(),
};
console.log(JSON.stringify(result));

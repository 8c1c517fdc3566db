// A server written with the official TypeScript SDK.
//
//   node sdk_server.mjs NODE_MODULES PACKAGE             over standard input and output
//   node sdk_server.mjs NODE_MODULES PACKAGE http PORT   over Streamable HTTP, with sessions, on the loopback interface
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, name, transport, port] = process.argv.slice(2);
const from = (file) => import(pathToFileURL(join(modules, name, "dist/esm", file)).href);
const { Server } = await from("server/index.js");
const { StdioServerTransport } = await from("server/stdio.js");
const { StreamableHTTPServerTransport } = await from("server/streamableHttp.js");
const { CallToolRequestSchema, ListToolsRequestSchema, isInitializeRequest } = await from("types.js");

const tools = ["add", "shout", "count"].map((tool) => ({
  name: tool,
  description: `The tool ${tool}.`,
  inputSchema: { type: "object", properties: { text: { type: "string" } } },
}));

// Two pages, so that a client has to ask again.
function newServer() {
  const server = new Server({ name: "ts-server", version: "1.0.0" }, { capabilities: { tools: {}, logging: {} } });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) =>
    params?.cursor === "rest" ? { tools: tools.slice(2) } : { tools: tools.slice(0, 2), nextCursor: "rest" });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    if (params.name === "count") {
      for (let i = 0; i < 3; ++i) {
        await sendNotification({ method: "notifications/message", params: { level: "info", data: `${i}` } });
      }
    }
    return { content: [{ type: "text", text: `${params.name}: ${params.arguments?.text?.toUpperCase() ?? ""}` }] };
  });
  return server;
}

async function bodyOf(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text === "" ? undefined : JSON.parse(text);
}

if (transport === "http") {
  const sessions = new Map();
  createServer(async (request, response) => {
    const body = await bodyOf(request);
    let session = sessions.get(request.headers["mcp-session-id"]);
    if (session === undefined && isInitializeRequest(body)) {
      session = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (id) => sessions.set(id, session),
      });
      session.onclose = () => console.error(`closed ${session.sessionId}`);
      await newServer().connect(session);
    }
    if (session === undefined) {
      response.writeHead(400, { "content-type": "text/plain" }).end("no session");
    } else {
      await session.handleRequest(request, response, body);
    }
  }).listen(Number(port), "127.0.0.1");
} else {
  await newServer().connect(new StdioServerTransport());
}

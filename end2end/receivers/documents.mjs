// Receivers written after the platforms' own documents, in JavaScript: `documents.mjs <platform> <secret or token>`.
// Prints its address, then a line of JSON for each request: what it answered, and what it made of the body.
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

const [platform, secret] = process.argv.slice(2);
const hmac = (text) => createHmac("sha256", secret).update(text).digest("hex");

// Each answers [status, what it understood] for headers and the text of the body.
const platforms = {
  // The body is parsed and written again before it is signed: a framework has read it already.
  dialgen(headers, text) {
    const body = JSON.parse(text);
    if (secret && headers["x-dialgen-signature"] !== hmac(JSON.stringify(body))) return [401, {}];
    if (body.callData) return [200, { type: "call.completed", id: body.callData.id }];
    if (body.event === "batch.completed") return [200, { type: body.event, id: body.batchId, rate: body.statistics.successRate }];
    return [200, { type: body.event, id: body.batchId, code: body.code }];
  },
  ello(headers, text) {
    if ((headers.authorization || "") !== `Bearer ${secret}`) return [401, {}];
    const { events, event_id, ...rest } = JSON.parse(text);
    const known = ["call.started", "call.completed", "call.processed", "campaign.started", "campaign.ended"];
    return [200, { type: known.includes(events) ? events : "unknown", id: event_id, rest }];
  },
  // What tests hold the envelope to: each line as JavaScript reads and writes it.
  stringify: (_, text) => [200, { text: JSON.stringify(JSON.parse(text)) }],
};

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    let [status, understood] = [500, {}];
    try {
      [status, understood] = platforms[platform](request.headers, Buffer.concat(chunks).toString("utf8"));
    } catch (error) {
      understood = { error: error.message };
    }
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ received: status < 300 }));
    console.log(JSON.stringify({ status, ...understood }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();

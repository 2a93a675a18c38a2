// Save as receiver.mjs.
import { timingSafeEqual } from "node:crypto";
import express from "express";

const token = process.env.WEBHOOK_TOKEN;
if (!token) throw new Error("WEBHOOK_TOKEN is not set");
const expected = Buffer.from("{prefix}" + token);
const app = express();

app.post("/webhooks", express.raw({ type: "*/*", limit: "10mb" }), (request, response) => {
  const given = Buffer.from(request.get("{header}") ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return response.status(401).end();
  }
  console.log(JSON.parse(request.body));
  response.status(204).end();
});

app.listen(8080);

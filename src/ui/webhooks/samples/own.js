// Save as receiver.mjs.
import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const secret = process.env.WEBHOOK_SECRET;
const app = express();

// The raw bytes are what was signed: verify before parsing.
app.post("/webhooks", express.raw({ type: "*/*", limit: "10mb" }), (request, response) => {
  const signature = createHmac("sha256", secret).update(request.body).digest("{encoding}");
  const expected = Buffer.from("{prefix}" + signature);
  const given = Buffer.from(request.get("{header}") ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return response.status(401).end();
  }
  console.log(JSON.parse(request.body));
  response.status(204).end();
});

app.listen(8080);

// Save as receiver.mjs.
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
const app = express();

// The raw bytes are what was signed: verify before parsing.
app.post("/webhooks", express.raw({ type: "*/*", limit: "10mb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body.toString(), request.headers);
  } catch {
    return response.status(401).end();
  }
  console.log(event);
  response.status(204).end();
});

app.listen(8080);

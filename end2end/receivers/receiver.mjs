// A receiver as somebody would write it with the official Standard Webhooks library for JavaScript.
// Takes the secret as its argument; prints its address, then a line for each request.
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.argv[2]);
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    try {
      webhook.verify(Buffer.concat(chunks).toString("utf8"), request.headers);
      console.log(`verified ${request.headers["webhook-id"]}`);
      response.writeHead(204).end();
    } catch (error) {
      console.log(`refused ${error.message}`);
      response.writeHead(400).end(error.message);
    }
  });
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/hook`));
// Ends with whoever started it.
process.stdin.on("end", () => process.exit(0)).resume();

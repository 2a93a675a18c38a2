<?php
require "vendor/autoload.php";

$secret = getenv("WEBHOOK_SECRET") ?: throw new Exception("WEBHOOK_SECRET is not set");
// The raw bytes are what was signed: verify before parsing.
$body = file_get_contents("php://input");
$headers = array_change_key_case(getallheaders(), CASE_LOWER);

try {
    $webhook = new \StandardWebhooks\Webhook($secret);
    $event = $webhook->verify($body, $headers);
} catch (\Exception $refused) {
    http_response_code(401);
    exit;
}

error_log(json_encode($event));
http_response_code(204);

<?php
$secret = getenv("WEBHOOK_SECRET") ?: throw new Exception("WEBHOOK_SECRET is not set");
// The raw bytes are what was signed: verify before parsing.
$body = file_get_contents("php://input");
$expected = "{prefix}" . {signature};
$headers = array_change_key_case(getallheaders(), CASE_LOWER);

if (!hash_equals($expected, $headers["{header}"] ?? "")) {
    http_response_code(401);
    exit;
}

error_log($body);
http_response_code(204);

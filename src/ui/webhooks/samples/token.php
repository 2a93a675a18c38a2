<?php
$token = getenv("WEBHOOK_TOKEN") ?: throw new Exception("WEBHOOK_TOKEN is not set");
$headers = array_change_key_case(getallheaders(), CASE_LOWER);

if (!hash_equals("{prefix}" . $token, $headers["{header}"] ?? "")) {
    http_response_code(401);
    exit;
}

error_log(file_get_contents("php://input"));
http_response_code(204);

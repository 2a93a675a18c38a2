require "sinatra"
require "standardwebhooks"

webhook = StandardWebhooks::Webhook.new(ENV.fetch("WEBHOOK_SECRET"))

post "/webhooks" do
  # The raw bytes are what was signed: verify before parsing.
  body = request.body.read
  headers = %w[webhook-id webhook-timestamp webhook-signature].to_h do |name|
    [name, request.get_header("HTTP_#{name.upcase.tr("-", "_")}")]
  end
  begin
    event = webhook.verify(body, headers)
  rescue StandardWebhooks::WebhookVerificationError
    halt 401
  end
  puts event
  status 204
end

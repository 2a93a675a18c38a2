require "sinatra"

expected = "{prefix}" + ENV.fetch("WEBHOOK_TOKEN")

post "/webhooks" do
  given = request.get_header("{environment}").to_s
  halt 401 unless Rack::Utils.secure_compare(expected, given)
  puts request.body.read
  status 204
end

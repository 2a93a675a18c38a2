require "openssl"
require "sinatra"

post "/webhooks" do
  # The raw bytes are what was signed: verify before parsing.
  body = request.body.read
  expected = "{prefix}" + {signature}
  given = request.get_header("{environment}").to_s
  halt 401 unless Rack::Utils.secure_compare(expected, given)
  puts body
  status 204
end

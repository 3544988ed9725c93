// node raw.js ADDRESS PATH HEADERS_AS_JSON [BODY_IN_HEX]
// One HTTP/2 request by hand; says what came back: headers, whether they ended the stream, body in hex, trailers, reset.
'use strict';
const http2 = require('http2');
const { say } = require('./echo');

const [address, path, headers, body] = process.argv.slice(2);
const session = http2.connect(address);
const seen = { trailersOnly: false, body: '' };
const request = session.request({
  ':method': 'POST',
  ':path': path,
  te: 'trailers',
  'content-type': 'application/grpc',
  ...JSON.parse(headers),
});
request.on('response', (answer, flags) => {
  seen.headers = answer;
  seen.trailersOnly = (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) !== 0;
});
request.on('data', (chunk) => (seen.body += chunk.toString('hex')));
request.on('trailers', (trailers) => (seen.trailers = trailers));
request.on('error', (error) => (seen.error = error.message));
request.on('close', () => {
  say({ ...seen, reset: request.rstCode });
  session.destroy();
});
request.end(Buffer.from(body || '', 'hex'));

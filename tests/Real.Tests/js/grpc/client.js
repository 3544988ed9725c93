// node client.js ADDRESS SCENARIO [CHANNEL_OPTIONS_AS_JSON] [AUTHORITY.pem CERTIFICATE.pem KEY.pem]
// Calls echo.proto with the official implementation and says what it observed, as one line of JSON.
'use strict';
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const { Echo, say } = require('./echo');

const [address, scenario, options, ...pem] = process.argv.slice(2);
const credentials = pem.length
  ? grpc.credentials.createSsl(...[pem[0], pem[2], pem[1]].map((file) => fs.readFileSync(file)))
  : grpc.credentials.createInsecure();
const client = new Echo(address, credentials, JSON.parse(options || '{}'));

// A call with one answer: the answer or the status, and the metadata that came with it.
function single(start) {
  return new Promise((resolve) => {
    const seen = {};
    const call = start((error, pong) => {
      seen.code = error ? error.code : 0;
      seen.details = error ? error.details : '';
      seen.text = pong && pong.text;
      seen.count = pong && pong.count;
      seen.size = pong && pong.data.length;
    });
    call.on('metadata', (metadata) => (seen.headers = metadata.getMap()));
    call.on('status', (status) => resolve({ ...seen, trailers: status.metadata.getMap() }));
  });
}

// A call with a stream of answers: their numbers, then the status.
function many(call, onPong = () => {}) {
  return new Promise((resolve) => {
    const counts = [];
    let octets = 0;
    call.on('data', (pong) => {
      counts.push(pong.count);
      octets += pong.data.length;
      onPong(pong);
    });
    call.on('error', () => {});
    call.on('status', (status) => resolve({ code: status.code, details: status.details, counts, octets }));
  });
}

const unary = (ping, metadata = new grpc.Metadata(), callOptions = {}) =>
  single((done) => client.Unary(ping, metadata, callOptions, done));

function metadata(octets) {
  const sent = new grpc.Metadata();
  sent.add('x-echo', 'v'.repeat(octets));
  sent.add('x-echo-bin', Buffer.from([0, 255, 10, 13]));
  return sent;
}

const scenarios = {
  unary: () => unary({ text: 'grüß 漢', count: 7, data: Buffer.alloc(70000, 1) }),
  serverStream: () => many(client.ServerStream({ count: 5, size: 100 })),
  clientStream: () =>
    single((done) => {
      const call = client.ClientStream(done);
      ['a', 'b', 'c'].forEach((text) => call.write({ text }));
      call.end();
      return call;
    }),
  duplex() {
    const call = client.Duplex();
    let left = 5;
    const ended = many(call, () => (--left ? call.write({}) : call.end()));
    call.write({});
    return ended;
  },
  halfCloseAtOnce: async () => {
    const call = client.Duplex();
    call.end();
    const none = await many(call);
    const empty = await single((done) => {
      const stream = client.ClientStream(done);
      stream.end();
      return stream;
    });
    return { ...none, empty: empty.count };
  },
  status: () => unary({ status: 9, text: 'pâté: 100 % ✓\n漢 😀' }),
  statusAfterMessages: () => many(client.ServerStream({ count: 3, status: 10, text: 'enough' })),
  statusWhileWriting() {
    const call = client.Duplex();
    call.write({ status: 5, text: 'no such' });
    const timer = setInterval(() => call.write({}), 1); // never half-closed
    return many(call).finally(() => clearInterval(timer));
  },
  deadline: () => unary({ wait: true }, new grpc.Metadata(), { deadline: Date.now() + 2000 }),
  cancel() {
    const call = client.Duplex();
    call.write({});
    return many(call, () => call.cancel());
  },
  oversizeRequest: () => unary({ data: Buffer.alloc(5 << 20) }),
  oversizeAnswer: () => unary({ size: 5 << 20 }),
  largeAnswer: () => unary({ size: 4 << 20 }),
  unknownMethod: () => single((done) => client.Missing({}, done)),
  hugeMetadata: async () => ({ huge: (await unary({}, metadata(200000))).code, after: (await unary({})).code }),
  slowReader() {
    const call = client.ServerStream({ count: 500, size: 65536 });
    call.pause();
    const ended = many(call);
    call.pause();
    // The stream stands still; other calls on the connection don't. stdin tells when the test has seen enough.
    unary({ text: 'meanwhile' }).then((seen) => say(seen.text));
    process.stdin.once('data', () => call.resume());
    return ended;
  },
  streamUntilStopped: () => many(client.ServerStream({ count: 1, wait: true }), () => say('streaming')),
};

scenarios[scenario]().then((seen) => {
  say(seen);
  process.exit(0);
});

// node server.js [CHANNEL_OPTIONS_AS_JSON]
// Serves echo.proto with the official implementation. Says its port, then what becomes of calls.
// A line on stdin: "shutdown" lets calls end and takes no more. The end of stdin ends the process.
'use strict';
const grpc = require('@grpc/grpc-js');
const { Echo, say } = require('./echo');

const answer = (ping, count) => ({ text: ping.text, count, data: ping.size ? Buffer.alloc(ping.size) : ping.data });
const failure = (ping) => Object.assign(new Error(ping.text), { code: ping.status, details: ping.text });

function echoMetadata(call) {
  const headers = new grpc.Metadata();
  const trailers = new grpc.Metadata();
  for (const name of ['x-echo', 'x-echo-bin']) {
    for (const value of call.metadata.get(name)) {
      headers.add(name, value);
      trailers.add('x-trailer' + name.slice(6), value);
    }
  }
  call.sendMetadata(headers);
  return trailers;
}

const handlers = {
  Unary(call, callback) {
    say('unary');
    call.on('cancelled', () => say('cancelled'));
    if (call.request.wait) {
      say('waiting');
    } else if (call.request.status) {
      callback(failure(call.request));
    } else {
      callback(null, answer(call.request, call.request.count), echoMetadata(call));
    }
  },
  ServerStream(call) {
    const ping = call.request;
    call.on('cancelled', () => say('cancelled'));
    for (let i = 0; i < ping.count; i++) {
      call.write(answer(ping, i));
    }
    if (ping.wait) {
      say('waiting');
    } else if (ping.status) {
      call.emit('error', failure(ping));
    } else {
      call.end();
    }
  },
  ClientStream(call, callback) {
    let text = '';
    let count = 0;
    let over = false;
    call.on('data', (ping) => {
      text += ping.text;
      count++;
      if (ping.status && !over) {
        over = true;
        callback(failure(ping));
      }
    });
    call.on('end', () => over || callback(null, { text, count }));
  },
  Duplex(call) {
    let count = 0;
    call.on('cancelled', () => say('cancelled'));
    call.on('data', (ping) => {
      if (ping.status) {
        call.emit('error', failure(ping));
      } else if (ping.wait) {
        say('waiting');
      } else {
        call.write(answer(ping, ++count));
      }
    });
    call.on('end', () => call.end());
  },
};

const server = new grpc.Server(JSON.parse(process.argv[2] || '{}'));
const { Missing, ...served } = Echo.service;
server.addService(served, handlers);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  say(port);
});

process.stdin.setEncoding('utf8');
process.stdin.on('data', (line) => {
  if (line.trim() === 'shutdown') {
    server.tryShutdown(() => say('shut down'));
  }
});
process.stdin.on('end', () => process.exit(0));

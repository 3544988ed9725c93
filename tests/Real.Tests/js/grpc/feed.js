// node feed.js SOURCE TARGET AUTHORITY.pem CERTIFICATE.pem KEY.pem
// A peer of the trusted list's feed on the official implementation: takes all logs of one node and serves them to another.
// Says, in lines of JSON, what the source holds, and what the target asks for.
'use strict';
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const file = path.join(__dirname, '..', '..', '..', '..', 'proto', 'throttlenet', 'v1', 'trust.proto');
const { TrustFeed } = grpc.loadPackageDefinition(loader.loadSync(file, { keepCase: true, longs: Number })).throttlenet.v1;
const say = (observation) => process.stdout.write(JSON.stringify(observation) + '\n');

const [source, target, ...pem] = process.argv.slice(2);
const credentials = grpc.credentials.createSsl(...[pem[0], pem[2], pem[1]].map((name) => fs.readFileSync(name)));
const logs = {};

function open(address, onFrame) {
  const call = new TrustFeed(address, credentials).Sync();
  call.on('data', (frame) => onFrame(call, frame));
  call.on('error', (error) => say({ address, code: error.code, details: error.details }));
  call.write({ heads: {} });
  return call;
}

let asked = [];
const serving = open(target, (call, { want }) => {
  if (want) {
    const { key, lines, head } = logs[want.author.toString('hex')];
    call.write({ lines: { author: want.author, key, lines: lines.slice(want.after || 0), end: head } });
    say({ want: want.author.toString('hex'), after: want.after || 0 });
  }
});

open(source, (call, frame) => {
  if (frame.heads) {
    asked = asked.concat((frame.heads.heads || []).map((head) => head.author));
    say({ heads: (frame.heads.heads || []).map((head) => ({ author: head.author.toString('hex'), seq: head.seq })) });
  } else if (frame.lines) {
    const author = frame.lines.author.toString('hex');
    const log = (logs[author] = logs[author] || { lines: [] });
    log.key = log.key || frame.lines.key;
    log.lines.push(...(frame.lines.lines || []));
    if (frame.lines.end) {
      log.head = frame.lines.end;
      serving.write({ heads: { heads: [log.head] } });
      asked.shift();
    } else {
      return;
    }
  }
  if (asked.length) {
    const log = logs[asked[0].toString('hex')];
    call.write({ want: { author: asked[0], after: log ? log.lines.length : 0 } });
  }
});

// node exchange.js ADDRESS AUTHORITY.pem [CERTIFICATE.pem KEY.pem]
// A node of the exchange on the official implementation of gRPC, which needs nothing but docs/protocol.md and exchange.proto. It calls one
// node and has no other link. Takes lines of JSON: { "count": { ADDRESS: quarters } } publishes a batch, "again" sends the last
// one once more, "leave" says goodbye. Says in lines of JSON what it hears.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { keyOfAddress, addressOf, encode, decode } = require('./bodies');

const file = path.join(__dirname, '..', '..', '..', '..', 'proto', 'throttlenet', 'v1', 'exchange.proto');
const { Exchange } = grpc.loadPackageDefinition(loader.loadSync(file, { keepCase: true, longs: String, defaults: true, arrays: true, oneofs: true, enums: String })).throttlenet.v1;
const say = (observation) => process.stdout.write(JSON.stringify(observation) + '\n');
const sha256 = (...parts) => crypto.createHash('sha256').update(Buffer.concat(parts)).digest();
const uint64 = (number) => Buffer.from(BigInt(number).toString(16).padStart(16, '0'), 'hex');
const originOf = (certificate) => sha256(certificate.publicKey.export({ type: 'spki', format: 'der' })).subarray(0, 16);
const unitsIn64ths = (quarters) => quarters * 16;

const [address, ...pem] = process.argv.slice(2);
const [authorityPem, certificatePem, keyPem] = pem.map((name) => fs.readFileSync(name));
const network = new crypto.X509Certificate(authorityPem).subject.match(/^CN=(.*)$/m)[1];
const key = keyPem && crypto.createPrivateKey(keyPem);
const self = { origin: certificatePem && originOf(new crypto.X509Certificate(certificatePem)), epoch: Math.floor(Date.now() / 1000) };

const credentials = grpc.credentials.createSsl(authorityPem, keyPem, certificatePem, {
  checkServerIdentity(host, certificate) {
    const peer = new crypto.X509Certificate(certificate.raw);
    learn(peer);
    return peer.checkIP(host) || peer.checkHost(host) ? undefined : new Error('another host');
  },
});

// What is known of each origin: its public key, its epochs, and their batches by seq. Of its own too.
const origins = new Map();

function learn(certificate) {
  const origin = originOf(certificate);
  origins.set(origin.toString('hex'), { origin, publicKey: certificate.publicKey, epochs: new Map() });
}

const batchesOf = (origin, epoch) => {
  const { epochs } = origins.get(origin.toString('hex'));
  return epochs.get(String(epoch)) || epochs.set(String(epoch), new Map()).get(String(epoch));
};
const contiguous = (batches) => {
  let seq = 0;
  while (batches.has(seq + 1)) {
    seq++;
  }
  return seq;
};
const appliedRanges = () => [...origins.values()].flatMap(({ origin, epochs }) => [...epochs].map(([epoch, batches]) => ({ origin, epoch, contiguous: contiguous(batches) })));

const signedContent = ({ origin, epoch, seq, time, body }) => Buffer.concat([Buffer.from('throttlenet batch 1\0'), origin, uint64(epoch), uint64(seq), uint64(time), body]);
const idOf = ({ origin, epoch, seq }) => sha256(origin, uint64(epoch), uint64(seq)).readBigUInt64BE().toString();

function publish(counts) {
  const own = batchesOf(self.origin, self.epoch);
  const attempts = Object.entries(counts).map(([name, quarters]) => ({ key: keyOfAddress(name), quarters }));
  const batch = { origin: self.origin, epoch: self.epoch, seq: own.size + 1, time: Date.now(), body: encode({ attempts, bad: [] }) };
  batch.signature = crypto.sign('sha256', signedContent(batch), { key, dsaEncoding: 'ieee-p1363' });
  own.set(batch.seq, batch);
  send({ delivery: { batch } });
}

function take({ batch }) {
  const known = origins.get(batch.origin.toString('hex'));
  const batches = known && batchesOf(batch.origin, batch.epoch);
  if (!batches || batches.has(Number(batch.seq))) {
    return;
  }
  if (!crypto.verify('sha256', signedContent(batch), { key: known.publicKey, dsaEncoding: 'ieee-p1363' }, batch.signature)) {
    throw new Error('a batch with a wrong signature');
  }
  batches.set(Number(batch.seq), batch);
  const { attempts, bad } = decode(batch.body);
  const names = (entries) => Object.fromEntries(entries.map((entry) => [addressOf(entry.key), entry.quarters]));
  say({ batch: Number(batch.seq), attempts: names(attempts), bad: names(bad) });
  acknowledge();
}

// The other end's own batches are what its hold waits for; all that is counted here is published at once.
function acknowledge() {
  const batches = peer && batchesOf(peer.node, peer.epoch);
  send({ ack: { epoch: batches && contiguous(batches) ? peer.epoch : 0, seq: batches ? contiguous(batches) : 0, own_epoch: self.epoch, own_seq: batchesOf(self.origin, self.epoch).size } });
}

const kept = () => [...origins.values()].flatMap(({ epochs }) => [...epochs.values()].flatMap((batches) => [...batches.values()]));
const repair = (batch) => send({ delivery: { batch, repair: true, age: Math.max(0, Date.now() - Number(batch.time)) } });

function answer(frame) {
  const content = frame[frame.kind];
  switch (frame.kind) {
    case 'hello':
      peer = content;
      say({ hello: { network: content.network, epoch: Number(content.epoch), address: content.address, isItsCertificate: origins.has(content.node.toString('hex')) } });
      send({ hello: { oldest_version: 1, version: 1, network, node: self.origin, epoch: self.epoch, urgent: true } });
      send({ shuffle: {} });
      send({ digest: { applied_ranges: appliedRanges() } });
      return;
    case 'shuffle':
      return content.answer || send({ shuffle: { answer: true } });
    case 'digest':
      // Nothing is lacking here but what the digest shows beyond the first gap; what lacks there is asked for.
      for (const { origin, epoch, contiguous: theirs } of content.applied_ranges.filter((h) => origins.has(h.origin.toString('hex')))) {
        const first = contiguous(batchesOf(origin, epoch)) + 1;
        if (first <= Number(theirs)) {
          send({ want: { ranges: [{ origin, epoch, first: Math.max(first, Number(theirs) - 255), last: theirs }] } });
        }
      }
      return content.answer || send({ digest: { applied_ranges: appliedRanges(), answer: true } });
    case 'credential':
      return learn(new crypto.X509Certificate(content.certificate));
    case 'delivery':
      return take(content);
    case 'announce':
      return send({ graft: { ids: content.ids } });
    case 'graft':
      return kept().filter((batch) => content.ids.includes(idOf(batch))).forEach(repair);
    case 'want':
      return content.ranges.forEach(({ origin, epoch, first, last }) =>
        kept().filter((b) => b.origin.equals(origin) && b.epoch == epoch && b.seq >= Number(first) && b.seq <= Number(last)).forEach(repair));
    case 'snapshot_request':
      return send({ snapshot_chunk: { id: content.id, last: true, applied_ranges: appliedRanges(), ...rows() } });
    case 'goodbye':
      return say({ goodbye: content.reason });
    default:
      return say({ [frame.kind]: true });
  }
}

// All that was counted, as columns; nothing here is so old that it would have faded.
function rows() {
  const units = new Map();
  for (const { key: host, quarters } of kept().flatMap((batch) => decode(batch.body).attempts)) {
    units.set(host, (units.get(host) || 0) + unitsIn64ths(quarters));
  }
  const hottest = [...units].sort((a, b) => b[1] - a[1]);
  const attempts = hottest.map(([, attempt]) => attempt);
  const none = hottest.map(() => 0);
  return { keys: hottest.map(([host]) => host.toString()), attempts_fast: attempts, attempts_slow: attempts, bad_fast: none, bad_slow: none };
}

let peer = null;
if (certificatePem) {
  learn(new crypto.X509Certificate(certificatePem));
}
const call = new Exchange(address, credentials).Link();
const send = (frame) => call.write(frame);
call.on('data', answer);
call.on('error', (error) => say({ code: error.code, details: error.details }));
call.on('end', () => call.end());
const beat = setInterval(() => peer && acknowledge(), 1000);
call.on('close', () => clearInterval(beat));
call.on('status', () => clearInterval(beat));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.count) {
    publish(order.count);
  } else if (order === 'again') {
    const own = batchesOf(self.origin, self.epoch);
    send({ delivery: { batch: own.get(own.size) } });
  } else if (order === 'leave') {
    send({ goodbye: { reason: 'REASON_SHUTDOWN' } });
    call.end();
  }
});

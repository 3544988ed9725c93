// The service of echo.proto, loaded from the file that the C# side is generated from.
'use strict';
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const file = path.join(__dirname, '..', '..', 'Grpc', 'echo.proto');
exports.Echo = grpc.loadPackageDefinition(loader.loadSync(file, { keepCase: true, defaults: true })).throttlenet.test.v1.Echo;

// Observations go to the test as lines of JSON.
exports.say = (observation) => process.stdout.write(JSON.stringify(observation) + '\n');

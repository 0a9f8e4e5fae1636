'use strict';
// What the recommendation calls legacy, and pages still call: callbacks in place of promises, and offers that say what they
// want to receive (webrtc-pc §4.4.3).
const idl = require('./webidl.cjs');

/** An overload that takes callbacks has them from `args[at]` on, and gives a promise of nothing. */
function withCallbacks(args, at, operation) {
  if (args.length <= at + 1 || typeof args[at] !== 'function') return operation();
  const [success, failure] = [args[at], args[at + 1]];
  return (async () => {
    idl.callback(success);
    idl.callback(failure);
    operation().then((value) => success(value), (error) => failure(error));
  })();
}

/** §4.4.3.2: a transceiver of the connection that receives, or none that does. */
function offerToReceive(connection, kind, wanted) {
  if (wanted === undefined) return;
  const own = connection.getTransceivers().filter((each) => each.receiver.track.kind === kind && each.direction !== 'stopped');
  if (wanted) {
    const receives = own.some((each) => ['sendrecv', 'recvonly'].includes(each.direction));
    if (!receives) connection.addTransceiver(kind, {direction: 'recvonly'});
    return;
  }
  for (const each of own) {
    if (each.direction === 'sendrecv') each.direction = 'sendonly';
    if (each.direction === 'recvonly') each.direction = 'inactive';
  }
}

module.exports = {withCallbacks, offerToReceive};

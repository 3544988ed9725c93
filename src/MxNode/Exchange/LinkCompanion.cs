using Grpc.Net.Client;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Something that runs beside each link that this node opened, on the same connection, such as the trusted list's feed. It does not throw.</summary>
/// <param name="channel">The link's channel.</param>
/// <param name="peer">The node at its other end.</param>
/// <param name="linkEnded">Cancelled when the link has ended.</param>
internal delegate Task LinkCompanion(GrpcChannel channel, NodeIdentity peer, CancellationToken linkEnded);

using System.Net;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.Protocol.Batches;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>A neighbour that sent something lately.</summary>
/// <param name="Origin">Its origin id.</param>
/// <param name="Certificate">Its certificate, DER.</param>
/// <param name="SeenFrom">The address that its call came from; null when this node called.</param>
/// <param name="Note">What it says of its mail; null while its note has not come.</param>
internal sealed record Neighbour(OriginId Origin, ReadOnlyMemory<byte> Certificate, IPAddress? SeenFrom, PeerNote? Note);

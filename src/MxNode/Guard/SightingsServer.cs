using System.Net;
using ThrottleNet.MxNode.Grpc;
using ThrottleNet.Protocol.Grpc;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers other nodes' guards. TLS has let nobody in without a certificate of this network.</summary>
internal sealed class SightingsServer(OwnSightings own)
{
    public async Task<Sighting> AskAsync(SightingRequest request, GrpcServerContext context)
    {
        if (request.Address.Length is not (4 or 16))
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, "an address has 4 or 16 octets");
        }

        return await own.AskAsync(new IPAddress(request.Address.Span), context.Cancel) is { } sighting
            ? new Sighting { Seen = sighting.Seen, Trusted = sighting.Trusted, Node = sighting.Relay, TrustedNeighbour = sighting.TrustedNeighbour }
            : throw new GrpcException(GrpcStatusCode.Unavailable, "this node does not hear the network now");
    }
}

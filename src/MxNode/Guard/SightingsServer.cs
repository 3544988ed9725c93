using System.Net;
using Grpc.Core;
using ThrottleNet.Protocol.Guard;

namespace ThrottleNet.MxNode.Guard;

/// <summary>Answers guards of other nodes. TLS has already refused callers without a certificate of this network.</summary>
internal sealed class SightingsServer(OwnSightings own) : Sightings.SightingsBase
{
    /// <summary>Octets: the longest message. A report has up to 50 addresses; other messages are shorter.</summary>
    public const int MaxMessage = 1024;

    /// <summary>Seconds: an answer about the future beyond a week means nothing.</summary>
    private const double MaxSeconds = 7 * 24 * 3600;

    public override Task<Sighting> Ask(SightingRequest request, ServerCallContext context)
    {
        if (request.Address.Length is not (4 or 16))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "an address has 4 or 16 octets"));
        }

        return Task.FromResult(own.Ask(new IPAddress(request.Address.Span), GuardOf(context)) is { } sighting
            ? new Sighting
            {
                Seen = sighting.Seen,
                Trusted = sighting.Trusted,
                Node = sighting.Relay,
                InTrustedBlock = sighting.InTrustedBlock,
                PassesInSeconds = (uint)Math.Clamp(sighting.PassesIn.TotalSeconds, 0, MaxSeconds),
            }
            : throw new RpcException(new Status(StatusCode.Unavailable, "this node has no peers at the moment, so it cannot tell")));
    }

    public override Task<StrangerReportAnswer> Report(StrangerReport request, ServerCallContext context)
    {
        foreach (var address in request.Addresses.Take(StrangerReports.Most).Where(address => address.Length is 4 or 16))
        {
            own.Report(new IPAddress(address.Span), GuardOf(context));
        }

        return Task.FromResult(new StrangerReportAnswer());
    }

    private static string GuardOf(ServerCallContext context) => context.GetHttpContext().Connection.ClientCertificate?.Thumbprint ?? "unknown";
}

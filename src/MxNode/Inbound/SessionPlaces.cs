using ThrottleNet.MxNode.Listening;

namespace ThrottleNet.MxNode.Inbound;

/// <summary>How many SMTP connections the node has places for: what is configured, as far as descriptors and memory allow.</summary>
internal static class SessionPlaces
{
    // What a client can make one connection hold at most, octets: input read ahead, a TLS layer in its handshake, a command line, replies.
    private const int MemoryPerConnection = 48 * 1024;

    // The other half is for texts, counts and the runtime.
    private const int MemoryShare = 2;

    // Some descriptors are for connections that are being refused.
    private const int RefusedShare = 8;

    public static int Of(SmtpOptions options, DescriptorBudget descriptors, ListeningLog log)
    {
        var byDescriptors = Math.Max(1, descriptors.Smtp - (descriptors.Smtp / RefusedShare));
        var byMemory = (int)Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare / MemoryPerConnection, 1, int.MaxValue);
        var places = Math.Min(options.MaxConnections, Math.Min(byDescriptors, byMemory));
        log.Shares(descriptors.Limit, descriptors.Smtp, descriptors.PerEndpoint, descriptors.Outgoing, descriptors.Queries);
        if (places < options.MaxConnections)
        {
            var (cause, remedy) = byDescriptors <= byMemory
                ? ($"the limit of {descriptors.Limit} descriptors", "raise that limit (ulimit -n, or LimitNOFILE= in the unit), or lower MaxConnections")
                : ("the memory of this machine or container", "give it more, or lower MaxConnections");
            log.ConnectionsCapped(options.MaxConnections, cause, places, remedy);
        }

        return places;
    }
}

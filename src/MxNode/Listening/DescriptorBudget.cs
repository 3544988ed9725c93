namespace ThrottleNet.MxNode.Listening;

/// <summary>
/// Shares the process's descriptors out, so that no stranger's connections leave the node without one for a next hop, a file or the
/// runtime. Every accepted socket is counted from accept to close. Every socket to a next hop, a content filter or another node and every text's file
/// is counted while it is open. DNS queries have a share of their own, which the resolver keeps to.
/// </summary>
internal sealed class DescriptorBudget
{
    // Descriptors for the runtime, logs, listening sockets and stored files: those that a node without connections has open, and some more.
    private const int LeastReserve = 128;

    // The most connections of an endpoint other than SMTP. They are reserved, so that SMTP clients do not lock out an admin or a peer.
    private const int LeastPerEndpoint = 8;
    private const int MostPerEndpoint = 1024;

    // A resolver without a share would not find a trusted client's destination while strangers fill all others.
    private const int MostQueries = 1000;

    // Of the places of an endpoint, one in so many is reserved for trusted clients.
    private const int TrustedShare = 16;

    private readonly int[] _taken = new int[Enum.GetValues<Listener>().Length];
    private int _outgoing;

    /// <param name="limit">Descriptors that the process may have open.</param>
    public DescriptorBudget(int limit)
    {
        Limit = limit;
        var shared = Math.Max(0, limit - Math.Max(LeastReserve, limit / 16));
        PerEndpoint = Math.Clamp(shared / 32, LeastPerEndpoint, MostPerEndpoint);
        Queries = Math.Clamp(shared / 32, LeastPerEndpoint, MostQueries);
        var rest = Math.Max(2, shared - ((_taken.Length - 1) * PerEndpoint) - Queries);
        Outgoing = Math.Max(1, rest / 4);
        Smtp = rest - Outgoing;
    }

    /// <summary>Descriptors that the process may have open.</summary>
    public int Limit { get; }

    /// <summary>The most connections of SMTP clients.</summary>
    public int Smtp { get; }

    /// <summary>The most connections of each endpoint other than SMTP: guard, direct map, exchange, admin, help page, DNS over TCP.</summary>
    public int PerEndpoint { get; }

    /// <summary>The most sockets of DNS queries to name servers.</summary>
    public int Queries { get; }

    /// <summary>The most sockets to next hops, content filters and other nodes, and files of texts. They come from the descriptors that SMTP clients leave free.</summary>
    public int Outgoing { get; }

    /// <summary>Open connections of one endpoint.</summary>
    public int Open(Listener listener) => Volatile.Read(ref _taken[(int)listener]);

    /// <summary>Sockets to next hops, content filters and other nodes, and files of texts, that are open.</summary>
    public int OpenOutgoing => Volatile.Read(ref _outgoing);

    /// <summary>The most connections of one endpoint.</summary>
    public int Most(Listener listener) => listener == Listener.Smtp ? Smtp : PerEndpoint;

    /// <summary>Counts an accepted connection; false: the limit is reached, and the connection must be closed.</summary>
    /// <param name="trusted">Whether the client may take a place that is reserved for trusted clients.</param>
    public bool TryTake(Listener listener, bool trusted) => TryTake(ref _taken[(int)listener], Most(listener) - (trusted ? 0 : Most(listener) / TrustedShare));

    public void Release(Listener listener) => Interlocked.Decrement(ref _taken[(int)listener]);

    /// <summary>Reserves a descriptor for a socket that this node connects or a text's file, before it is opened; null: none is free.</summary>
    public OutgoingDescriptor? TryTakeOutgoing() =>
        TryTake(ref _outgoing, Outgoing + Math.Max(0, Smtp - Open(Listener.Smtp))) ? new OutgoingDescriptor(() => Interlocked.Decrement(ref _outgoing)) : null;

    private static bool TryTake(ref int taken, int most)
    {
        if (Interlocked.Increment(ref taken) <= most)
        {
            return true;
        }

        Interlocked.Decrement(ref taken);
        return false;
    }
}

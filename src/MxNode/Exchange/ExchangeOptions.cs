using System.Net;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Section <c>Exchange</c>: sharing counts with the network's other nodes. Without Listen, Peers and Discover the node keeps its counts to itself.</summary>
internal sealed record ExchangeOptions
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(10);

    /// <summary>Where other nodes connect; null for a node that only connects to others.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>The host:port that this node announces to other nodes; null: Listen, unless that is a wildcard address.</summary>
    public string? Address { get; init; }

    /// <summary>Nodes to connect to, as host:port; the others are found through them.</summary>
    [Reloadable(UnlessEmpty = true)]
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>A DNS name that leads to nodes. For a name like _throttlenet._tcp.example.net the SRV records are used; for any other name the A and AAAA records, with Listen's port.</summary>
    public string? Discover { get; init; }

    /// <summary>This node's certificate, PEM; it names the operator (O) and the node (CN).</summary>
    [Reloadable]
    public string? Certificate { get; init; }

    /// <summary>Its key, PEM.</summary>
    [Reloadable]
    public string? Key { get; init; }

    /// <summary>The authority's certificate, PEM; it names the network (CN). Certificates of other authorities are refused.</summary>
    [Reloadable]
    public string? Authority { get; init; }

    /// <summary>The least time between two batches of this node. A longer interval costs fewer octets an attempt, and makes the hold longer.</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Operators that may lie together without an innocent host being refused; never more than a third of the known operators.</summary>
    public int Faulty { get; init; } = 2;

    /// <summary>Whether the exchange's endpoint describes its services to callers (gRPC server reflection), for tools such as grpcurl.</summary>
    public bool Reflection { get; init; }

    public bool IsOn => Listen is not null || Peers.Count > 0 || Discover is not null;

    /// <summary>Whether peers are configured or discovered.</summary>
    public bool SeeksPeers => Peers.Count > 0 || Discover is not null;

    /// <param name="calls">The node connects to other nodes even if it shares no counts.</param>
    public IEnumerable<string> Validate(string section, bool calls = false)
    {
        if (Address is not null && !PeerAddress.TryParse(Address, out _))
        {
            yield return $"{section}:Address: \"{Address}\" is no address; write host:port, e.g. a.throttle-mx.example.net:8026";
        }

        for (var i = 0; i < Peers.Count; i++)
        {
            if (!PeerAddress.TryParse(Peers[i], out _))
            {
                yield return $"{section}:Peers:{i}: \"{Peers[i]}\" is no address; write host:port, e.g. b.throttle-mx.example.net:8026";
            }
        }

        if (Discover is not null && !IsDnsName(Discover))
        {
            yield return $"{section}:Discover: \"{Discover}\" is no DNS name; write one with SRV records, e.g. _throttlenet._tcp.example.net, or with addresses";
        }
        else if (Discover is not null && !Discover.StartsWith('_') && Listen is null)
        {
            yield return $"{section}:Discover: {Discover} leads to addresses without a port; set Listen, whose port they share, or name SRV records";
        }

        foreach (var (key, file, use) in new[]
        {
            (nameof(Certificate), Certificate, "the node's certificate"),
            (nameof(Key), Key, "the certificate's key"),
            (nameof(Authority), Authority, "the network's authority.pem"),
        })
        {
            if (file is null && (IsOn || calls))
            {
                yield return $"{section}:{key}: is not set, and nodes talk to each other under certificates only; name {use} (see the pki command)";
            }
            else if (file is not null && !File.Exists(file))
            {
                yield return $"{section}:{key}: {file} does not exist; name {use} (see the pki command)";
            }
        }

        if (File.Exists(Certificate) && File.Exists(Key) && File.Exists(Authority) && NodeCredentials.WhatIsWrong(this) is { } fault)
        {
            yield return $"{section}:Certificate, Key or Authority: {fault}";
        }

        if (BatchInterval < ShortestInterval || BatchInterval > LongestInterval)
        {
            yield return $"{section}:BatchInterval: {BatchInterval} is out of range; set it between {ShortestInterval} and {LongestInterval}";
        }

        if (Faulty is < 0 or > 100)
        {
            yield return $"{section}:Faulty: {Faulty} is out of range; set it between 0 and 100";
        }
    }

    private static bool IsDnsName(string text) =>
        Uri.CheckHostName(string.Join('.', text.Split('.').Select(label => label.StartsWith('_') ? label[1..] : label))) == UriHostNameType.Dns;
}

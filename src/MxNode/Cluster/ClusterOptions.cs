using System.Net;
using ThrottleNet.Cluster;

namespace ThrottleNet.MxNode.Cluster;

/// <summary>Section <c>Cluster</c>: nodes of one operator that count as one. Without Name the node has no cluster, no port for one, and no cost.</summary>
internal sealed record ClusterOptions
{
    private const string Redis = "redis:";
    private const string File = "file:";
    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(20);

    // A new order is settled no sooner than two polls after its beginning; see ClusterLimits.SettleNoSooner.
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(ClusterLimits.SettleNoSooner / 2);

    /// <summary>The cluster's name, the same at all its nodes; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Where the cluster's other nodes connect.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>The address:port that the other nodes connect to; null: Listen, unless that is a wildcard address.</summary>
    public IPEndPoint? Address { get; init; }

    /// <summary>Where the nodes find each other: redis:HOST:PORT, or file:PATH for nodes of one machine.</summary>
    public string? Members { get; init; }

    /// <summary>A file with the password of redis.</summary>
    public string? MembersPasswordFile { get; init; }

    /// <summary>This node's certificate in the cluster, PEM.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its key, PEM.</summary>
    public string? Key { get; init; }

    /// <summary>The certificate of the cluster's own authority, PEM.</summary>
    public string? Authority { get; init; }

    /// <summary>The parts into which regions are divided, each ordered at one node; the same at all nodes.</summary>
    public int Shards { get; init; } = 16;

    /// <summary>Time between two polls of a shard by a node that has nothing to push: how late an idle node learns counts.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(ClusterLimits.PollInterval);

    public bool IsOn => Name is not null;

    /// <summary>Host:port of redis; null if the members are in a file.</summary>
    public string? RedisAddress => Members?.StartsWith(Redis, StringComparison.Ordinal) == true ? Members[Redis.Length..] : null;

    /// <summary>The file of the members; null if they are in redis.</summary>
    public string? MembersFile => Members?.StartsWith(File, StringComparison.Ordinal) == true ? Members[File.Length..] : null;

    /// <summary>What the other nodes connect to.</summary>
    public IPEndPoint Advertised => Address ?? Listen!;

    /// <summary>Whether the nodes connect under certificates.</summary>
    public bool HasCertificate => Certificate is not null;

    public IEnumerable<string> Validate(string section)
    {
        if (Name is null)
        {
            foreach (var (key, value) in new (string, object?)[] { (nameof(Listen), Listen), (nameof(Members), Members), (nameof(Certificate), Certificate) })
            {
                if (value is not null)
                {
                    yield return $"{section}:{key}: has no effect without {section}:Name; set Name, or leave {key} out";
                }
            }

            yield break;
        }

        if (Name.Length is 0 or > 63 || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.'))
        {
            yield return $"{section}:Name: \"{Name}\" is no name; use up to 63 letters, digits, hyphens and dots, e.g. relays";
        }

        foreach (var error in ValidateEndPoints(section).Concat(ValidateMembers(section)).Concat(ValidateFiles(section)))
        {
            yield return error;
        }

        if (Shards is < 1 or > 1024)
        {
            yield return $"{section}:Shards: {Shards} is out of range; set it between 1 and 1024, the same at all nodes";
        }

        if (Poll < ShortestPoll || Poll > LongestPoll)
        {
            yield return $"{section}:Poll: {Poll} is out of range; set it between {ShortestPoll} and {LongestPoll}";
        }
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private IEnumerable<string> ValidateEndPoints(string section)
    {
        if (Listen is null || Listen.Port == 0)
        {
            yield return $"{section}:Listen: names no port; name the address:port where the cluster's other nodes connect, e.g. 10.0.0.1:8027";
        }
        else if (Address is null && IsWildcard(Listen.Address))
        {
            yield return $"{section}:Address: is not set, and Listen ({Listen}) is no address that other nodes can connect to; set the address:port that they use";
        }
        else if (!HasCertificate && !IPAddress.IsLoopback(Listen.Address))
        {
            yield return $"{section}:Certificate: is not set, and {Listen} is reachable from other machines: any program that connects there could count for this node; set Certificate, Key and Authority (see pki init --cluster), or listen on loopback";
        }
    }

    private IEnumerable<string> ValidateMembers(string section)
    {
        if (string.IsNullOrEmpty(RedisAddress) && string.IsNullOrEmpty(MembersFile))
        {
            yield return $"{section}:Members: \"{Members}\" is no place for the list of members; write redis:HOST:PORT, or file:PATH for nodes of one machine";
        }
        else if (MembersFile is not null && Listen is not null && !IPAddress.IsLoopback(Listen.Address))
        {
            yield return $"{section}:Members: {Members} serves the nodes of one machine only, and Listen is {Listen}; write redis:HOST:PORT, or listen on loopback";
        }

        if (MembersPasswordFile is not null && WrongWithPassword(MembersPasswordFile) is { } wrong)
        {
            yield return $"{section}:MembersPasswordFile: {MembersPasswordFile} {wrong}; name a file with the password of redis";
        }
    }

    private static string? WrongWithPassword(string file)
    {
        try
        {
            return System.IO.File.ReadAllText(file).Trim().Length == 0 ? "is empty" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return System.IO.File.Exists(file) ? "cannot be read" : "does not exist";
        }
    }

    private IEnumerable<string> ValidateFiles(string section)
    {
        foreach (var (key, file, use) in new[]
        {
            (nameof(Certificate), Certificate, "the node's certificate"),
            (nameof(Key), Key, "the certificate's key"),
            (nameof(Authority), Authority, "the cluster's authority"),
        })
        {
            if (file is null && (Certificate ?? Key ?? Authority) is not null)
            {
                yield return $"{section}:{key}: is not set, and Certificate, Key and Authority belong together; name {use} (see pki init --cluster)";
            }
            else if (file is not null && !System.IO.File.Exists(file))
            {
                yield return $"{section}:{key}: {file} does not exist; name {use} (see pki init --cluster)";
            }
        }
    }
}

using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// Keeps <see cref="MtaStsTable"/> over restarts, and fetches old policies again before they expire. The file has a line that names its version, and then
/// a line for each policy: domain, id, Unix time in seconds of its fetching, and the policy's text in base64.
/// </summary>
/// <param name="table">The policies.</param>
/// <param name="lookup">Fetches them.</param>
/// <param name="path">The file.</param>
/// <param name="health">Keeps failures.</param>
/// <param name="logger">Takes what cannot be read.</param>
internal sealed class MtaStsKeeper(MtaStsTable table, MtaStsLookup lookup, string path, NodeHealth health, ILogger<MtaStsKeeper> logger) : PeriodicService("MTA-STS policies", Interval, health)
{
    /// <summary>The first line of the file.</summary>
    public const string Mark = "throttlenet-mta-sts 1";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>The most octets of a file that are read: more than a full table has.</summary>
    public const int MaxFile = 32 << 20;

    /// <summary>How long a tick fetches policies again. One owner's servers that do not answer must not hold up the next tick.</summary>
    public static readonly TimeSpan RefreshTime = TimeSpan.FromMinutes(4);

    private long _stored;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await AttemptAsync(ReadAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await AttemptAsync(cancel => StoreAsync().WaitAsync(cancellationToken), CancellationToken.None);
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        await StoreAsync();
        using var limit = new CancellationTokenSource(RefreshTime, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        try
        {
            await Task.WhenAll(table.Due().Select(due => lookup.RefreshAsync(due, either.Token)));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // The rest is due at the next tick.
        }
    }

    private async Task StoreAsync()
    {
        if (table.Changes is var changes && changes != _stored)
        {
            await DiskThread.RunAsync(() => AtomicFile.Write(path, Write));
            _stored = changes;
        }
    }

    private async Task ReadAsync(CancellationToken stopping)
    {
        var policies = new List<StoredPolicy>();
        if (File.Exists(path))
        {
            await using var file = File.OpenRead(path);
            var octets = new byte[Math.Min(file.Length, MaxFile)];
            await file.ReadExactlyAsync(octets, stopping);
            var text = Encoding.ASCII.GetString(octets);

            // A line without its end is not whole.
            var whole = text.LastIndexOf('\n') + 1;
            var dropped = file.Length - whole;
            var lines = text[..whole].Split('\n');
            var isOurs = lines[0] == Mark;
            foreach (var line in lines.Skip(isOurs ? 1 : 0))
            {
                if (isOurs && Parse(line) is { } policy)
                {
                    policies.Add(policy);
                }
                else
                {
                    dropped += line.Length;
                }
            }

            if (dropped > 0)
            {
                logger.PoliciesDropped(path, dropped);
            }
        }

        table.Restore(policies);
        _stored = table.Changes;
    }

    private static StoredPolicy? Parse(string line)
    {
        if (line.Split(' ') is not [var domain, var id, var seconds, var text]
            || !HostNames.IsCanonical(domain)
            || !MtaStsRecord.IsId(id)
            || !long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > DateTimeOffset.MaxValue.ToUnixTimeSeconds() / 2)
        {
            return null;
        }

        var octets = new byte[text.Length];
        return Convert.TryFromBase64String(text, octets, out var length) && MtaStsPolicy.Read(octets.AsSpan(0, length), out _) is { } policy
            ? new StoredPolicy(domain, id, policy, DateTimeOffset.FromUnixTimeSeconds(at))
            : null;
    }

    private void Write(Stream stream)
    {
        using var writer = new StreamWriter(stream, Encoding.ASCII, leaveOpen: true);
        writer.Write($"{Mark}\n");
        foreach (var policy in table.Export())
        {
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{policy.Domain} {policy.Id} {policy.FetchedAt.ToUnixTimeSeconds()} {Convert.ToBase64String(Encoding.ASCII.GetBytes(policy.Policy.ToString()))}\n"));
        }
    }
}

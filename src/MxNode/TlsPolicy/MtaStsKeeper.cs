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
internal sealed class MtaStsKeeper(MtaStsTable table, MtaStsLookup lookup, string path, NodeHealth health) : PeriodicService("MTA-STS policies", Interval, health)
{
    /// <summary>The first line of the file.</summary>
    public const string Mark = "throttlenet-mta-sts 1";

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    // Octets of a file that is read: a policy has a few hundred.
    private const long MaxFile = 64 << 20;

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
        foreach (var due in table.Due())
        {
            stopping.ThrowIfCancellationRequested();
            await lookup.RefreshAsync(due);
        }

        await StoreAsync();
    }

    private async Task StoreAsync()
    {
        if (table.Changes is var changes && changes != _stored)
        {
            await DiskThread.RunAsync(() => AtomicFile.Write(path, Write));
            _stored = changes;
        }
    }

    private Task ReadAsync(CancellationToken stopping)
    {
        var file = new FileInfo(path);
        if (file is { Exists: true, Length: <= MaxFile })
        {
            using var lines = File.ReadLines(path, Encoding.ASCII).GetEnumerator();
            if (lines.MoveNext() && lines.Current == Mark)
            {
                var policies = new List<StoredPolicy>();
                while (lines.MoveNext())
                {
                    policies.AddRange(Parse(lines.Current) is { } policy ? [policy] : []);
                }

                table.Restore(policies);
            }
        }

        _stored = table.Changes;
        return Task.CompletedTask;
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

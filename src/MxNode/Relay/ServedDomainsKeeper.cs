using System.Globalization;
using System.Text;
using ThrottleNet.MxNode.Storage;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Keeps <see cref="ServedDomains"/> over restarts: a line for each domain, with the Unix time in seconds at which it was last served.</summary>
/// <param name="domains">The domains.</param>
/// <param name="path">The file.</param>
/// <param name="health">Keeps failures.</param>
internal sealed class ServedDomainsKeeper(ServedDomains domains, string path, NodeHealth health) : PeriodicService("served domains", Interval, health)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    // Octets of a file that is read: each line has a domain of at most 255 and a number.
    private const long MaxFile = (long)ServedDomains.Capacity * 280;

    private long _stored;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await AttemptAsync(ReadAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await AttemptAsync(cancel => TickAsync(cancel).WaitAsync(cancellationToken), CancellationToken.None);
    }

    protected override async Task TickAsync(CancellationToken stopping)
    {
        if (domains.Changes is var changes && changes != _stored)
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
            domains.Restore(File.ReadLines(path, Encoding.ASCII).Select(Parse).OfType<(string, DateTimeOffset)>());
        }

        _stored = domains.Changes;
        return Task.CompletedTask;
    }

    private static (string Domain, DateTimeOffset At)? Parse(string line) =>
        line.Split(' ') is [var domain, var seconds] && HostNames.IsCanonical(domain)
            && long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? (domain, DateTimeOffset.FromUnixTimeSeconds(at))
            : null;

    private void Write(Stream stream)
    {
        using var writer = new StreamWriter(stream, Encoding.ASCII, leaveOpen: true);
        foreach (var (domain, at) in domains.Export())
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{domain} {at.ToUnixTimeSeconds()}\n"));
        }
    }
}

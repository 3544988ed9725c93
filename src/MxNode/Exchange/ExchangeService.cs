using System.Diagnostics.Metrics;
using System.Net;
using ThrottleNet.Counting;
using ThrottleNet.Counting.Batches;
using ThrottleNet.MxNode.Admin;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Pki;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>The node's part in the exchange, from its start to its goodbye: finds peers, keeps time, and remembers what was counted.</summary>
internal sealed class ExchangeService(
    ExchangeOptions options,
    CredentialStore credentials,
    CertificateWatch certificate,
    PeerAdmission admission,
    ExchangeLoop loop,
    LinkDialer dialer,
    PeerFinder finder,
    Outbox outbox,
    LedgerAttachment attachment,
    EpochFile epochs,
    EvictionFile evictions,
    NodeMetrics metrics,
    ExchangeLog log,
    IHostApplicationLifetime lifetime,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    /// <summary>A node that seeks peers and has found none in this time goes on alone: mail waits for nobody.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FindPatience = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _work = [];
    private readonly List<Task> _dials = [];
    private readonly ExchangeClock _clock = new(time);
    private readonly long _started = time.GetTimestamp();
    private ulong _epoch;

    /// <summary>Whether peers were reached, or there are none to be waited for; not when none is left because this node's certificate ran out.</summary>
    public bool IsReady => loop.HasJoined && !(options.SeeksPeers && !loop.HasPeers && certificate.HasEnded);

    /// <inheritdoc cref="ExchangeOptions.SeeksPeers"/>
    public bool SeeksPeers => options.SeeksPeers;

    /// <inheritdoc cref="ExchangeLoop.States"/>
    public IEnumerable<Measurement<int>> States() => loop.States();

    private NodeCredentials Self => credentials.Initial;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (NodeIdentity.IsGuard(Self.Certificate))
        {
            throw new StartException($"Exchange:Certificate: {options.Certificate} is a guard's, which may ask and not count; issue one without --guard, or leave out Exchange:Listen, Peers and Discover");
        }

        try
        {
            _epoch = epochs.Next();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"{epochs.Path} cannot be written ({e.Message.TrimEnd('.')}); the exchange needs it to count its starts", e);
        }

        return Task.CompletedTask;
    }

    /// <summary>Joins the network; to be called when the node listens.</summary>
    /// <param name="listening">Where, with the port that was bound; null for nowhere.</param>
    public void Begin(IPEndPoint? listening)
    {
        var settings = new ExchangeSettings
        {
            Network = Self.Authority.Network,
            Address = options.Address ?? (listening is not null && !listening.Address.Equals(IPAddress.Any) && !listening.Address.Equals(IPAddress.IPv6Any) ? listening.ToString() : ""),
            BatchInterval = (int)options.BatchInterval.TotalMilliseconds,
        };
        var self = PeerAdmission.MemberOf(Self.Certificate)!.Value.Member;
        var core = new ExchangeCore(
            settings, self, BatchSignature.SignerOf(Self.Key), _epoch, outbox, admission.Admit, Random.Shared, StoredHoldings.Read(attachment.Restored.Span));
        foreach (var (member, proof) in evictions.Read())
        {
            core.Convict(_clock.Now, member, proof);
        }

        attachment.Export = async () => StoredHoldings.Write(await loop.AskAsync((c, now) => c.Export(now), []));
        loop.Connect = Dial;
        if (!options.SeeksPeers)
        {
            loop.GoOnAlone();
        }

        _work.Add(loop.RunAsync(core, _clock));
        _work.Add(TickAsync());
        _work.Add(FindAsync());
    }

    /// <summary>This node and its neighbours, for people.</summary>
    public async Task<PeersReport> DescribeAsync()
    {
        var peers = await loop.PeersAsync();
        return new PeersReport(
            Self.Authority.Network, Self.Self.Name, Self.Self.Operator, Self.Self.Origin.ToString(), _epoch,
            credentials.Current().Certificate.NotAfter.ToUniversalTime(),
            Alone: !peers.Any(p => p.Status.Ready),
            [.. peers.Select(p => new PeerReport(
                p.Link?.Peer.Name ?? "", p.Status.Operator, p.Status.Origin.ToString(), p.Status.Address, p.Status.Outgoing ? "us" : "them",
                p.Status.Ready ? "ready" : "joining", DateTimeOffset.FromUnixTimeMilliseconds(p.Status.LastHeard)))]);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await loop.PostAsync(loop.StopLinks);
        await _stopping.CancelAsync();
        Task[] dials;
        lock (_dials)
        {
            dials = [.. _dials];
        }

        await Task.WhenAll(dials); // they end soon after their goodbyes
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        loop.Complete();
        await Task.WhenAll(_work);
    }

    // While sessions are finished the node still shares what they do; it says goodbye when they are.
    private void Tick(ExchangeCore core, long now)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested && metrics.OpenSessions == 0)
        {
            loop.StopLinks(core, now);
        }
        else
        {
            core.Tick(now);
        }

        loop.Count(core);
        if (!loop.HasJoined && time.GetElapsedTime(_started) > JoinPatience)
        {
            loop.GoOnAlone();
        }
    }

    private async Task TickAsync()
    {
        var believed = credentials.Current();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(ExchangeCore.TickInterval), time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                if (credentials.Current() is var current && current != believed)
                {
                    believed = current;
                    await loop.PostAsync((core, now) => core.Recheck(now));
                }

                await loop.PostAsync(Tick);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task FindAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(await LookForPeersAsync(), time, _stopping.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // A fault in one search must not be the end of searching.
    private async Task<TimeSpan> LookForPeersAsync()
    {
        try
        {
            var (addresses, lookAgain) = await finder.FindAsync(_stopping.Token);
            await loop.PostAsync((core, now) => core.Know(now, addresses));
            return lookAgain;
        }
        catch (Exception e) when (e is not OperationCanceledException || !_stopping.IsCancellationRequested)
        {
            log.NotFound(FindPatience, e);
            return FindPatience;
        }
    }

    private void Dial(string address)
    {
        lock (_dials)
        {
            _dials.RemoveAll(d => d.IsCompleted);
            _dials.Add(DialAsync(address));
        }
    }

    private async Task DialAsync(string address)
    {
        if (!await dialer.DialAsync(loop, address, _stopping.Token))
        {
            await loop.PostAsync((core, now) => core.ConnectFailed(now, address));
        }
    }
}

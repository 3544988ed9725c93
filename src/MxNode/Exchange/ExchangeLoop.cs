using System.Diagnostics.Metrics;
using System.Threading.Channels;
using ThrottleNet.Counting;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;
using Frame = ThrottleNet.Protocol.Exchange.Wire.Frame;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Runs the exchange's state machine: inputs from all links, ticks and questions come through one queue, and the effects of each
/// are carried out, in order, before the next. So a batch is in the ledger before any decision hears that it is.
/// </summary>
internal sealed class ExchangeLoop(CountingEngine counts, CountingClock clock, HoldGate gate, EpochFile epochs, EvictionFile evictions, RefusalLog refusals, ExchangeLog log, NodeMetrics metrics)
{
    // Inputs waiting, one of each link and what the node itself asks; beyond that nobody is read any further.
    private const int MaxWaiting = 1024;

    // Octets that may wait for slow readers together; while no link has more than its share (there are 64), they need no adding up.
    private const long MaxQueued = 256 * 1024 * 1024;
    private const long FairShare = MaxQueued / 64;

    private readonly Channel<Action<ExchangeCore, long>> _inputs =
        Channel.CreateBounded<Action<ExchangeCore, long>>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    // Of the loop alone, as is all that follows.
    private readonly Dictionary<LinkId, PeerLink> _links = [];
    private readonly Dictionary<OriginId, string> _names = [];
    private readonly List<NeedSnapshot> _asked = [];
    private bool _gathering;
    private (Protocol.Exchange.Frame? Frame, Frame? Message, int Size) _written;
    private bool _stopped;
    private volatile int _ready;
    private volatile int _open;
    private long _nextLink;

    /// <summary>Connects to an address; the answer is a link, or <see cref="ExchangeCore.ConnectFailed"/>. Set before <see cref="RunAsync"/>.</summary>
    public Action<string> Connect { get; set; } = static _ => { };

    /// <summary>A neighbour is there, or was: from then on nobody is taken for alone because the node has just begun.</summary>
    public bool HasJoined { get; private set; }

    /// <summary>Whether there is a neighbour, as of the last tick.</summary>
    public bool HasPeers => _ready > 0;

    /// <summary>Links by state, for the metrics.</summary>
    public IEnumerable<Measurement<int>> States() =>
    [
        new(_ready, new KeyValuePair<string, object?>("state", "ready")),
        new(_open - _ready, new KeyValuePair<string, object?>("state", "joining")),
    ];

    /// <summary>A number for a new link.</summary>
    public LinkId NextLink() => new(Interlocked.Increment(ref _nextLink));

    /// <summary>Handles inputs until there are no more.</summary>
    public async Task RunAsync(ExchangeCore core, ExchangeClock clock)
    {
        var effects = new List<Effect>();
        await foreach (var input in _inputs.Reader.ReadAllAsync())
        {
            Try(() => input(core, clock.Now));
            effects.Clear();
            core.TakeEffects(effects);
            for (var i = 0; i < effects.Count; i++)
            {
                Try(() => CarryOut(core, clock.Now, effects[i]));
                core.TakeEffects(effects); // some lead to more
            }

            HasJoined |= !core.IsAlone;
            gate.IsAlone = HasJoined && core.IsAlone;
        }
    }

    /// <summary>Queues an input; waits while there are too many. False: the loop has ended.</summary>
    public async ValueTask<bool> PostAsync(Action<ExchangeCore, long> input)
    {
        try
        {
            await _inputs.Writer.WriteAsync(input);
            return true;
        }
        catch (ChannelClosedException)
        {
            return false;
        }
    }

    /// <summary>Asks the core something; <paramref name="otherwise"/> is the answer of a loop that has ended. What the question throws is thrown here.</summary>
    public async Task<T> AskAsync<T>(Func<ExchangeCore, long, T> question, T otherwise)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        return await PostAsync(Answer) ? await answer.Task : otherwise;

        void Answer(ExchangeCore core, long now)
        {
            try
            {
                answer.SetResult(question(core, now));
            }
            catch (Exception e)
            {
                answer.TrySetException(e); // nobody waits for ever
                throw;
            }
        }
    }

    /// <summary>The neighbours and their links.</summary>
    public Task<IReadOnlyList<(PeerStatus Status, PeerLink? Link)>> PeersAsync() =>
        AskAsync<IReadOnlyList<(PeerStatus, PeerLink?)>>((core, _) => [.. core.Peers.Select(p => (p, _links.GetValueOrDefault(p.Link)))], []);

    /// <summary>The certificates (DER) of the neighbours that said something lately.</summary>
    public Task<IReadOnlyList<ReadOnlyMemory<byte>>> CertificatesAsync(TimeSpan maxSilence) =>
        AskAsync<IReadOnlyList<ReadOnlyMemory<byte>>>(
            (core, now) =>
            [
                .. core.Peers.Where(p => p.Ready && now - p.LastHeard <= maxSilence.TotalMilliseconds)
                    .Select(p => _links.GetValueOrDefault(p.Link)).OfType<PeerLink>().Select(l => l.Member.Certificate),
            ],
            []);

    /// <summary>There was no neighbour to be found in time: the node goes on alone until one comes.</summary>
    public void GoOnAlone() => HasJoined = true;

    /// <summary>Counts links and operators; often enough every now and then.</summary>
    public void Count(ExchangeCore core)
    {
        (_open, _ready) = (_links.Count, core.Peers.Count(p => p.Ready));
        counts.Operators = core.Operators;
    }

    /// <summary>Says goodbye to everybody; what was counted leaves first. New links are turned away.</summary>
    public void StopLinks(ExchangeCore core, long now)
    {
        if (!_stopped)
        {
            _stopped = true;
            core.Stop(now);
        }
    }

    /// <summary>No more inputs; the loop ends when it has handled those that wait.</summary>
    public void Complete() => _inputs.Writer.TryComplete();

    /// <summary>Carries a link until it ends.</summary>
    public async Task CarryAsync(PeerLink link, Func<ValueTask<Frame?>> read, Func<Frame, Task> write, Func<Task> writeEnd)
    {
        await PostAsync((core, now) =>
        {
            if (_stopped)
            {
                link.Abort();
                return;
            }

            _links.Add(link.Id, link);
            _names[link.Member.Origin] = link.Title;
            core.LinkUp(now, link.Id, link.Member, link.ConnectedTo);
        });
        if (await link.RunAsync(read, write, writeEnd, (message, size) => ReceiveAsync(link, message, size)) is { } failure)
        {
            refusals.Note(link.Title, failure);
        }

        await AskAsync((core, now) =>
        {
            core.LinkDown(now, link.Id);
            return _links.Remove(link.Id);
        }, otherwise: false); // answered: from now on nobody uses the link
    }

    // A fault in one input must not silence the node towards all its peers.
    private void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            log.Failed(e);
        }
    }

    private async ValueTask ReceiveAsync(PeerLink link, Frame message, int size)
    {
        var whole = FrameReader.TryRead(message, out var frame);
        metrics.ExchangeReceived(size, frame is DeliveryFrame);
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (await PostAsync(Handle))
        {
            await handled.Task; // before the next is read: so no link's frames fill memory, or keep those of others waiting
        }

        void Handle(ExchangeCore core, long now)
        {
            try
            {
                if (whole)
                {
                    core.Receive(now, link.Id, frame, size);
                }
                else
                {
                    core.Malformed(now, link.Id);
                }
            }
            finally
            {
                handled.SetResult();
            }
        }
    }

    private void CarryOut(ExchangeCore core, long now, Effect effect)
    {
        switch (effect)
        {
            case SendTo e:
                Send(core, now, e);
                break;
            case Connect e:
                Connect(e.Address);
                break;
            case DropLink e when _links.Remove(e.Link, out var link):
                link.Close();
                break;
            case ApplyBatch e:
                metrics.ExchangeLag(TimeSpan.FromMilliseconds(now - e.Time));
                counts.Apply(e.Key.Origin == core.Origin ? null : e.Operator, e.Counts, e.Time, clock.Now);
                break;
            case ApplySnapshot e:
                counts.Raise(e.Rows, clock.Now);
                break;
            case NeedSnapshot e:
                _asked.Add(e);
                Gather();
                break;
            case HoldComplete e when HasJoined || !core.IsAlone:
                gate.Open(e.Seq);
                break;
            case EpochRaised e:
                gate.StartEpoch();
                Store(e.Epoch);
                break;
            case Evict e:
                log.Evicted(e.Member.Origin.ToString());
                Store(e);
                break;
            case Fact e:
                Note(e);
                break;
        }
    }

    // A walk through millions of rows takes its time, so it is done elsewhere; one at a time, and those who ask meanwhile share the next.
    private void Gather()
    {
        if (_gathering || _asked.Count == 0)
        {
            return;
        }

        _gathering = true;
        NeedSnapshot[] asked = [.. _asked];
        _asked.Clear();
        _ = Task.Run(async () =>
        {
            IReadOnlyList<ulong>? hottest = null;
            Try(() => hottest = counts.Hottest(asked.Max(a => a.MaxRows), clock.Now));
            foreach (var one in hottest is null ? [] : asked)
            {
                await PostAsync((core, now) => Supply(core, now, one, hottest!)); // each by itself, so that other inputs come between
            }

            await PostAsync((_, _) =>
            {
                _gathering = false;
                Gather();
            });
        });
    }

    // In the loop, where no batch comes between the rows and their holdings.
    private void Supply(ExchangeCore core, long now, NeedSnapshot asked, IReadOnlyList<ulong> hottest) =>
        core.SupplySnapshot(now, asked.Link, asked.RequestId, recent => counts.ReadSnapshot(hottest, recent, asked.MaxRows, clock.Now));

    private void Send(ExchangeCore core, long now, SendTo effect)
    {
        if (!_links.TryGetValue(effect.Link, out var link))
        {
            return;
        }

        // One batch goes to many: it is put into its wire form once.
        if (!ReferenceEquals(_written.Frame, effect.Frame))
        {
            var message = FrameWriter.Write(effect.Frame);
            _written = (effect.Frame, message, message.CalculateSize() + PeerLink.FramePrefix);
        }

        metrics.ExchangeSent(_written.Size, effect.Frame is DeliveryFrame);
        if (!link.TrySend(_written.Message!, _written.Size))
        {
            CutOff(core, now, link);
        }
        else if (link.Queued > FairShare && _links.Values.Sum(l => l.Queued) > MaxQueued)
        {
            CutOff(core, now, _links.Values.MaxBy(l => l.Queued)!);
        }
    }

    private void CutOff(ExchangeCore core, long now, PeerLink link)
    {
        refusals.Note(link.Title, "reads too slowly");
        _links.Remove(link.Id);
        link.Abort();
        core.LinkDown(now, link.Id);
    }

    private void Store(Evict evicted)
    {
        try
        {
            evictions.Add(evicted.Member, evicted.Proof);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotStored(evictions.Path, e.Message);
        }
    }

    private void Store(ulong epoch)
    {
        log.EpochRaised(epoch);
        try
        {
            epochs.Store(epoch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.NotStored(epochs.Path, e.Message);
        }
    }

    private void Note(Fact fact)
    {
        var about = _names.GetValueOrDefault(fact.About) ?? fact.About.ToString();
        switch (fact.Kind)
        {
            case ExchangeFact.PeerJoined:
                log.PeerJoined(about, fact.Detail);
                break;
            case ExchangeFact.PeerLeft:
                log.PeerLeft(about, fact.Detail);
                break;
            case ExchangeFact.PeerRefused:
                refusals.Note(about, fact.Detail);
                break;
            case ExchangeFact.BadSignature:
            case ExchangeFact.BadBody:
            case ExchangeFact.OriginOverBudget:
                refusals.Note(about, fact.Kind.ToString());
                break;
            case ExchangeFact.OldEpoch:
                refusals.Note(about, "OldEpoch: its batches are of an earlier life than one seen before");
                break;
            case ExchangeFact.UnknownOrigin:
                // Anybody may make up origins: noted by their names they would fill the log.
                refusals.Note(_names.GetValueOrDefault(fact.About) ?? "of batches", "UnknownOrigin: no valid certificate for it is known");
                log.Fact(fact.Kind.ToString(), about, fact.Detail);
                break;
            default:
                log.Fact(fact.Kind.ToString(), about, fact.Detail);
                break;
        }
    }
}

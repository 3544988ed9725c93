using ThrottleNet.Counting;
using ThrottleNet.MxNode.Throttle;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>
/// Carries out the effects of an <see cref="ExchangeCore"/>, for nodes and simulated nodes. Its user gives the core one input,
/// calls <see cref="Drain"/>, and only then gives the next input. So a batch is in the ledger before a hold that waits for it is complete.
/// Not thread-safe.
/// </summary>
/// <param name="order">The cluster whose gateway this node is; null for none.</param>
internal sealed class EffectExecutor(CountingEngine counts, CountingClock clock, HoldGate gate, IExchangeHost host, IBatchOrder? order = null)
{
    private readonly List<Effect> _effects = [];
    private readonly Queue<NeedSnapshot> _requests = [];
    private bool _gathering;

    /// <summary>Carries out all effects in order, including those that arise meanwhile.</summary>
    public void Drain(ExchangeCore core)
    {
        core.TakeEffects(_effects);
        for (var i = 0; i < _effects.Count; i++)
        {
            try
            {
                CarryOut(core, _effects[i]);
            }
            catch (Exception e)
            {
                host.Failed(e);
            }

            core.TakeEffects(_effects);
        }

        _effects.Clear();
        gate.Update(core.IsAlone);
        if (order is null)
        {
            counts.Operators = core.Operators;
        }
        else
        {
            order.Linked(core.IsLinked, gate.IsAlone);
        }
    }

    private void CarryOut(ExchangeCore core, Effect effect)
    {
        switch (effect)
        {
            case SendTo e:
                if (host.Send(e.Link, e.Frame) is { } cutOff)
                {
                    core.LinkDown(host.Now, cutOff);
                }

                break;
            case Connect e:
                host.Connect(e.Address);
                break;
            case DropLink e:
                host.Drop(e.Link);
                break;
            case ApplyBatch e:
                host.Applying(e);
                if (order is not null)
                {
                    order.Order(e with { Time = e.Time + core.ClockOffset }); // the cluster's nodes share the time of day
                    break;
                }

                var now = clock.Now; // the exchange's time and the time of counting part when the wall clock steps; ages are the same in both
                counts.Apply(e.Key.Origin == core.Origin ? null : e.Operator, e.Counts, now - (host.Now - e.Time), now);
                break;
            case ApplySnapshot e when order is not null:
                order.TakeSnapshot(e);
                break;
            case ApplySnapshot e:
                counts.Raise(e.Rows, clock.Now);
                break;
            case NeedSnapshot e:
                _requests.Enqueue(e);
                Gather(core);
                break;
            case HoldComplete e:
                gate.Open(e.Seq, core.IsAlone);
                order?.HoldCompleted(core.NumberOf(e.Seq));
                break;
            case EpochRaised e:
                gate.StartEpoch();
                host.StoreEpoch(e.Epoch);
                break;
            case Evict e:
                host.StoreEviction(e.Member, e.Proof);
                break;
            case Fact e:
                host.Note(e);
                break;
        }
    }

    // A search through millions of rows takes time, so it runs outside the loop. One search runs at a time; requests that arrive meanwhile share the next one.
    private void Gather(ExchangeCore core)
    {
        if (_gathering || _requests.Count == 0)
        {
            return;
        }

        _gathering = true;
        var requests = new Queue<NeedSnapshot>(_requests);
        _requests.Clear();
        var most = requests.Max(r => r.MaxRows);
        host.RunElsewhere(() => counts.Hottest(most, clock.Now), hottest => Supply(core, requests, hottest));
    }

    // Runs in the loop, so that no batch is applied between reading the rows and their applied ranges. Each request is an input of its own, so that other inputs run between them.
    private void Supply(ExchangeCore core, Queue<NeedSnapshot> requests, IReadOnlyList<ulong>? hottest)
    {
        if (hottest is not null && requests.TryDequeue(out var request))
        {
            Supply(core, request, hottest);
            host.RunElsewhere(() => hottest, again => Supply(core, requests, again));
            return;
        }

        _gathering = false;
        Gather(core);
    }

    // In a cluster, the ledger also has counts that no batch carries yet. Only the cluster's loop knows them.
    private void Supply(ExchangeCore core, NeedSnapshot request, IReadOnlyList<ulong> hottest)
    {
        if (order is null)
        {
            core.SupplySnapshot(host.Now, request.Link, request.RequestId, recent => counts.ReadSnapshot(hottest, recent, request.MaxRows, clock.Now));
            return;
        }

        var recent = core.HostsSinceRequest(request.Link);
        order.ReadSnapshot(
            () => counts.ReadSnapshot(hottest, recent, request.MaxRows, clock.Now),
            (c, now, rows) => c.SupplySnapshot(now, request.Link, request.RequestId, _ => rows));
    }
}

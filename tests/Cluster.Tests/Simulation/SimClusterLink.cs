namespace ThrottleNet.Cluster.Tests.Simulation;

/// <summary>A link between two nodes of the exchange. It keeps the order of messages. Messages in flight are lost when it ends.</summary>
internal sealed class SimClusterLink
{
    private readonly Sim _sim;
    private readonly SimCore _a;
    private readonly SimCore _b;
    private readonly LinkEnd _endA = new();
    private readonly LinkEnd _endB = new();
    private int _version;

    public SimClusterLink(Sim sim, SimCore a, SimCore b)
    {
        (_sim, _a, _b) = (sim, a, b);
        _endA.LastReceived = _endB.LastReceived = sim.Now;
        _endA.Complete = a.Published;
        _endB.Complete = b.Published;
        a.Links.Add(b.Origin, this);
        b.Links.Add(a.Origin, this);
    }

    public bool Up { get; private set; } = true;

    /// <summary>Nothing arrives before this time.</summary>
    public long StalledUntil { get; set; }

    public SimCore Other(SimCore core) => core == _a ? _b : _a;

    public LinkEnd End(SimCore core) => core == _a ? _endA : _endB;

    public void Send(SimCore from, Action<SimCore> deliver)
    {
        var end = End(from);
        end.LastSent = _sim.Now;
        end.Fifo = Math.Max(Math.Max(end.Fifo + 1, StalledUntil), _sim.Now + _sim.Between(5, 60));
        Deliver(from, end.Fifo, _version, deliver);
    }

    public void Down()
    {
        if (!Up)
            return;
        Up = false;
        _version++;
        _a.LinkDown(this);
        _b.LinkDown(this);
    }

    public void Restore()
    {
        if (Up || !_a.IsRunning() || !_b.IsRunning())
            return;
        Up = true;
        _version++;
        _a.LinkUp(this);
        _b.LinkUp(this);
        Synchronize();
    }

    public void Synchronize()
    {
        _a.Synchronize(this);
        _b.Synchronize(this);
    }

    private void Deliver(SimCore from, long at, int version, Action<SimCore> deliver) => _sim.At(at, () =>
    {
        var to = Other(from);
        if (version != _version || !Up || !to.IsRunning())
            return;
        if (to.ThawedAt() > _sim.Now)
        {
            Deliver(from, to.ThawedAt() + 1, version, deliver);
            return;
        }

        End(to).LastReceived = _sim.Now;
        deliver(to);
        to.Update();
    });

    internal sealed class LinkEnd
    {
        public long LastReceived { get; set; }

        public long LastSent { get; set; }

        public long Fifo { get; set; }

        public ulong Complete { get; set; }

        public Queue<(ulong Seq, ulong Own)> Pending { get; } = [];

        public (ulong Seq, ulong Own)? LastAcknowledged { get; set; }

        /// <summary>An acknowledgement could not be made yet.</summary>
        public bool Owed { get; set; }
    }
}

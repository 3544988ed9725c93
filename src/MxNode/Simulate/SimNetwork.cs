using Google.Protobuf;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.Protocol.Batches;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Simulate;

/// <summary>
/// Simulated nodes and the network between them, in one process and one thread. Time moves in milliseconds; everything
/// random comes from the seed, so a seed replays exactly.
/// </summary>
internal sealed class SimNetwork
{
    /// <summary>2026-01-01T00:00:00Z: where simulated time begins, in milliseconds since 1970.</summary>
    public const long Start = 1_767_225_600_000;

    // The time after which a connect to a node that does not answer fails.
    private const int ConnectTimeout = 3000;
    private const int FramePrefix = 5; // of gRPC

    private readonly NetworkConditions _conditions;
    private readonly Random _random;
    private readonly EventRing _events = new();
    private readonly PriorityQueue<Action, (long At, int Order)> _script = new();
    private readonly Dictionary<long, SimLink> _links = [];
    private readonly Dictionary<string, SimNode> _byAddress = [];
    private readonly List<SimNode> _nodes = [];
    private readonly HashSet<(SimNode, SimNode)> _cuts = [];
    private Func<SimNode, int>? _side;
    private SimNode? _handling;
    private long _nextLink;
    private int _scripted;
    private (Frame? Frame, int Size) _lastSize;

    public SimNetwork(NetworkConditions conditions, int seed)
    {
        _conditions = conditions;
        _random = new Random(seed);
    }

    /// <summary>True time; nodes see it with their skew.</summary>
    public long Now { get; private set; } = Start;

    /// <summary>Operators that may lie together, for all nodes.</summary>
    public int Faulty { get; init; } = new ExchangeOptions().Faulty;

    public IReadOnlyList<SimNode> Nodes => _nodes;

    public SimStatistics Statistics { get; } = new();

    public SimNode AddNode(string @operator, Func<int, ExchangeSettings> settings)
    {
        var index = _nodes.Count;
        var node = new SimNode(this, index, @operator, settings(index), _random.Next());
        _nodes.Add(node);
        _byAddress.Add(node.Address, node);
        ScheduleTick(node, _random.Next(1, ExchangeCore.TickInterval + 1));
        return node;
    }

    public void At(long time, Action action) => _script.Enqueue(action, (time, _scripted++));

    /// <summary>Frames between nodes on different sides are lost; connections stay open. Null ends the partition.</summary>
    public void Partition(Func<SimNode, int>? side) => _side = side;

    /// <summary>All frames between these two nodes are lost from now on.</summary>
    public void Cut(SimNode one, SimNode other)
    {
        _cuts.Add((one, other));
        _cuts.Add((other, one));
    }

    /// <summary>The process ends: its connections are reset.</summary>
    public void Crash(SimNode node)
    {
        node.Crash();
        foreach (var number in node.Links.Keys.ToList())
            CloseLink(node, number);
    }

    public void Restart(SimNode node, bool forget = false)
    {
        node.Start(forget);
        ScheduleTick(node, _random.Next(1, ExchangeCore.TickInterval + 1));
    }

    public void RunUntil(long time)
    {
        while (Now < time)
        {
            while (_script.TryPeek(out var action, out var when) && when.At <= Now)
            {
                _script.Dequeue();
                action();
            }

            var events = _events.At(Now);
            for (var i = 0; i < events?.Count; i++)
                Handle(events[i]);
            _events.Clear(Now);
            Now++;
        }
    }

    public void RunFor(long milliseconds) => RunUntil(Now + milliseconds);

    /// <summary>Connects a node to an address.</summary>
    public void Connect(SimNode node, string address) => Connect(node, _byAddress[address]);

    /// <summary>Links two nodes, as if the first had connected to the second.</summary>
    public void Connect(SimNode first, SimNode second)
    {
        var latency = LatencyOf(first, second);
        if (!second.IsUp || !IsReachable(first, second))
        {
            var e = new SimEvent(SimEventKind.ConnectFailed, first.Index, first.Life, second.Index, null, 0);
            _events.Add(Now, Now + (second.IsUp ? ConnectTimeout : 2 * latency), e);
            return;
        }

        var link = new SimLink(_nextLink++, first, second, latency);
        _links.Add(link.Number, link);
        var handshake = 4 * latency; // TCP, then TLS
        _events.Add(Now, Now + handshake, new SimEvent(SimEventKind.LinkUp, first.Index, first.Life, link.Number, null, 0));
        _events.Add(Now, Now + handshake, new SimEvent(SimEventKind.LinkUp, second.Index, second.Life, link.Number, null, 0));
    }

    /// <summary>
    /// The time until a message that is sent directly to each other node has reached 99 % of them, in milliseconds: no
    /// network can be faster. Lost packets come later, as on any link.
    /// </summary>
    /// <param name="random">Decides which packets are lost; a source of its own, so that the run stays the same.</param>
    public long DirectTime99(SimNode origin, Random random)
    {
        var times = _nodes.Where(n => n != origin)
            .Select(n => LatencyOf(origin, n) + (random.NextDouble() < _conditions.Loss ? _conditions.RetransmitAfter : 0)).Order().ToArray();
        return times.Length == 0 ? 0 : times[((99 * times.Length) + 99) / 100 - 1];
    }

    /// <summary>The member that a certificate names, as the authority's check gives it.</summary>
    public Member? Admit(ReadOnlyMemory<byte> certificate) => _nodes.ElementAtOrDefault(SimNode.IndexOf(certificate))?.Member;

    /// <summary>Checks a signature for the node that handles an event, and charges it the time.</summary>
    public bool Check(OriginId origin, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        _handling?.Charge(Now, SimSignatures.CheckTime);
        return SimSignatures.IsValid(origin, content, signature);
    }

    private void Handle(in SimEvent e)
    {
        var node = _nodes[e.Node];
        if (!node.IsUp || e.Life != node.Life)
            return;
        _handling = node;
        var now = node.Clock.Now;
        switch (e.Kind)
        {
            case SimEventKind.Tick:
                node.Tick();
                ScheduleTick(node, ExchangeCore.TickInterval);
                break;
            case SimEventKind.Frame when node.Links.ContainsKey(e.Link):
                Statistics.FrameArrives(e.Frame!, e.Size);
                node.Core.Receive(now, new LinkId(e.Link), e.Frame!, e.Size);
                break;
            case SimEventKind.LinkUp:
                OpenLink(node, e.Link);
                break;
            case SimEventKind.LinkDown when node.Links.Remove(e.Link):
                node.Core.LinkDown(now, new LinkId(e.Link));
                break;
            case SimEventKind.ConnectFailed:
                node.Core.ConnectFailed(now, _nodes[(int)e.Link].Address);
                break;
        }

        node.Executor.Drain(node.Core);
    }

    private void OpenLink(SimNode node, long number)
    {
        if (!_links.TryGetValue(number, out var link))
            return;
        var other = link.Other(node);
        if (!other.IsUp)
        {
            node.Core.ConnectFailed(node.Clock.Now, other.Address);
            return;
        }

        node.Links.Add(number, other);
        node.Core.LinkUp(node.Clock.Now, new LinkId(number), other.Member, node == link.First ? other.Address : null);
    }

    /// <summary>Puts a frame on a link; ignored for a link that has ended.</summary>
    public void Send(SimNode from, long number, Frame frame)
    {
        if (!_links.TryGetValue(number, out var link))
            return;
        var to = link.Other(from);
        if (frame is DeliveryFrame { Repair: false } d && d.Batch.Key.Origin == from.Member.Origin && !Statistics.IsPublished(d.Batch.Key))
            Statistics.Publish(d.Batch.Key, Now, _nodes.Count(n => n.IsUp && IsReachable(n, from)) - 1);
        if (!to.IsUp || !IsReachable(from, to))
            return;
        // The wire rounds its values.
        if (frame is SnapshotChunkFrame && FrameReader.TryRead(FrameWriter.Write(frame), out var read))
            frame = read!;
        var ordered = frame is HelloFrame or CredentialFrame or GoodbyeFrame;
        if (!ordered && Chance(_conditions.Drop))
            return;
        var size = SizeOf(frame);
        Arrive(link, from, to, frame, size, ordered);
        if (!ordered && Chance(_conditions.Duplicate))
            Arrive(link, from, to, frame, size, ordered);
    }

    private void Arrive(SimLink link, SimNode from, SimNode to, Frame frame, int size, bool ordered)
    {
        ref var floor = ref link.Floor[to == link.First ? 0 : 1];
        var late = Chance(_conditions.Loss) ? _conditions.RetransmitAfter : 0;
        var overtaking = _conditions.Reorder > 0 && !ordered;
        var at = Math.Max(floor, Now + from.BusyFor(Now) + link.Latency + late + (overtaking ? _random.Next(_conditions.Reorder) : 0));
        if (!overtaking)
            floor = at;
        _events.Add(Now, at, new SimEvent(SimEventKind.Frame, to.Index, to.Life, link.Number, frame, size));
    }

    /// <summary>Ends a link; the other end learns of it after the frames that were sent before.</summary>
    public void CloseLink(SimNode node, long number)
    {
        node.Links.Remove(number);
        if (!_links.Remove(number, out var link))
            return;
        var other = link.Other(node);
        var at = Math.Max(Now + link.Latency, link.Floor[other == link.First ? 0 : 1]);
        _events.Add(Now, at, new SimEvent(SimEventKind.LinkDown, other.Index, other.Life, number, null, 0));
    }

    private void ScheduleTick(SimNode node, int delay) =>
        _events.Add(Now, Now + delay, new SimEvent(SimEventKind.Tick, node.Index, node.Life, 0, null, 0));

    private bool IsReachable(SimNode a, SimNode b) => (_side is null || _side(a) == _side(b)) && !_cuts.Contains((a, b));

    // The same for a pair at every connection: distance does not change.
    private int LatencyOf(SimNode a, SimNode b)
    {
        var (low, high) = (Math.Min(a.Index, b.Index), Math.Max(a.Index, b.Index));
        var spread = (uint)_conditions.MostLatency - (uint)_conditions.LeastLatency + 1;
        var hash = (((uint)low * 0x9E3779B1u) ^ ((uint)high * 0x85EBCA77u)) * 0xC2B2AE3Du;
        return _conditions.LeastLatency + (int)((hash >> 8) % spread);
    }

    private bool Chance(double probability) => probability > 0 && _random.NextDouble() < probability;

    // Most frames are these: two tags, two lengths, and eight octets an id.
    private static int SizeOf(AnnounceFrame frame)
    {
        var ids = CodedOutputStream.ComputeLengthSize(8 * frame.Ids.Length) + 1 + (8 * frame.Ids.Length);
        return 1 + CodedOutputStream.ComputeLengthSize(ids) + ids;
    }

    // A batch goes to several neighbours in one frame: its size is worked out once.
    private int SizeOf(Frame frame)
    {
        if (!ReferenceEquals(frame, _lastSize.Frame))
            _lastSize = (frame, FramePrefix + (frame is AnnounceFrame a ? SizeOf(a) : FrameWriter.Write(frame).CalculateSize()));
        return _lastSize.Size;
    }
}
